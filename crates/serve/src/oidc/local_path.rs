//! Where a browser goes when somebody has signed in: a path of this server, and nothing that a browser could
//! take for another's address.

use std::fmt;

/// Longer paths are none of ours.
const BYTES: usize = 1024;

/// A path of this server with its query and fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    /// What [`LocalPath::parse`] takes, as documentation has it.
    pub const PATTERN: &'static str = r"^/(?:[!#$%&()*+,.0-9:;=?@A-Z\[\]_a-z~-]/?)*$";

    /// Reads a path. It begins with one slash; two in a row, a backslash, quotes, spaces and whatever is not
    /// printed in ASCII have no place in it: browsers read some of those as the beginning of an address, or leave
    /// them out before they look.
    pub fn parse(text: &str) -> Option<LocalPath> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&()*+,-./:;=?@[]_~".contains(&byte);
        let fits = text.len() <= BYTES
            && text.starts_with('/')
            && !text.contains("//")
            && text.bytes().all(is_plain);
        fits.then(|| LocalPath(text.to_owned()))
    }
}

impl Default for LocalPath {
    fn default() -> LocalPath {
        LocalPath("/".to_owned())
    }
}

impl fmt::Display for LocalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use openidconnect::url::Url;
    use proptest::prelude::*;

    #[test]
    fn paths_of_this_server_are_taken() {
        for path in
            ["/", "/incidents/INC-0001", "/alerts?filter=level%20%3E%3D%20high&x=1#top", "/@ops1/a:b;c,d"]
        {
            assert_eq!(LocalPath::parse(path).unwrap().to_string(), path);
        }
        assert_eq!(LocalPath::parse(&format!("/{}", "a".repeat(BYTES))), None);
    }

    proptest! {
        /// Whatever is taken leads, as browsers read addresses, back to where it was read.
        #[test]
        fn whatever_is_taken_stays_here(path in "[/\\\\@.:a-z%0-9\\t\\n?# ]{0,12}", rest in ".{0,6}") {
            for text in [format!("/{path}"), format!("{path}{rest}"), format!("/{rest}{path}")] {
                if let Some(taken) = LocalPath::parse(&text) {
                    let here = Url::parse("https://ir.example.org/api/v1/oidc/callback").unwrap();
                    prop_assert_eq!(here.join(&taken.to_string()).unwrap().origin(), here.origin());
                }
            }
        }

        /// What is documented is what is taken.
        #[test]
        fn the_pattern_says_the_same(text in "[/a-z\\\\?#%.\" é]{0,12}") {
            let documented = regex::Regex::new(LocalPath::PATTERN).unwrap();
            prop_assert_eq!(documented.is_match(&text), LocalPath::parse(&text).is_some());
        }
    }
}
