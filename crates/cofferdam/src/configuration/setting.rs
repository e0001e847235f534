//! One setting as people see it, and what makes a table of settings a type.

/// One setting as people see it.
#[derive(Debug)]
pub struct Setting {
    /// Its name in the file, with the tables it is in: `session.idle`.
    pub key: &'static str,
    /// What holds when nobody says anything, as it would be typed.
    pub default: Option<&'static str>,
    /// The flag that sets it, without its dashes, and the word for its value.
    pub flag: Option<(&'static str, &'static str)>,
    /// What it is, in a line.
    pub help: &'static str,
    /// What to write, in words.
    pub kind: fn() -> String,
}

impl Setting {
    /// The environment variable that sets it.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.key.replace('.', "_").to_ascii_uppercase())
    }
}

/// What every variable of ours begins with.
pub const PREFIX: &str = "COFFERDAM_";

/// Makes the type `Configuration` and the list `SETTINGS` of rows `/// help`, `field: type = "key", kind, default,
/// flag;`. The field is named like the key, so that one row is all that a setting takes.
macro_rules! settings {
    ($( #[doc = $help:literal] $field:ident: $type:ty = $key:literal, $kind:expr, $default:expr, $flag:expr; )*) => {
        /// What the server is told: every setting, read and checked.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Configuration {
            $( #[doc = $help] pub $field: $type, )*
        }

        /// Every setting, in the order in which it is shown.
        pub static SETTINGS: &[Setting] = &[
            $( Setting {
                key: $key,
                default: $default,
                flag: $flag,
                help: $help.trim_ascii(),
                kind: || $kind.name(),
            }, )*
        ];

        impl Configuration {
            /// Reads every setting from the layers, where each problem is left. None if there is one.
            pub(super) fn settle(layers: &mut Layers) -> Option<Configuration> {
                // All are read before the first that fails ends it, so that every problem is told at once.
                $( let $field: Option<$type> = layers.settle($key, &$kind); )*
                Some(Configuration { $( $field: $field?, )* })
            }

            /// Every value as it would be written, in the order of [`SETTINGS`]; secrets as `(set)`.
            pub fn shown(&self) -> Vec<serde_json::Value> {
                vec![ $( $kind.show(&self.$field), )* ]
            }
        }
    };
}

pub(super) use settings;
