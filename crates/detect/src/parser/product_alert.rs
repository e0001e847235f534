//! Alerts of other products, carried over under names that all of them share.
//!
//! A parser that reads such an alert gives its event the category [`CATEGORY`] and calls [`carry`]; the
//! rules in `content/rules/alerts/` do the rest, whatever the product.

use crate::event::{Event, Value};
use cofferdam_vocabulary::Level;

/// The category of an alert that a product raised.
pub(super) const CATEGORY: &str = "product_alert";

/// Adds what the product says: the name of its rule, the rule's id, and how bad it is in our words.
/// `techniques` are ids of ATT&CK.
pub(super) fn carry<'a>(
    event: &mut Event<'a>,
    name: Value<'a>,
    id: Value<'a>,
    level: Level,
    techniques: Option<Value<'a>>,
) {
    event.push("event.kind", "alert");
    event.push_value("rule.name", name);
    event.push_value("rule.id", id);
    event.push("event.severity", level.as_str());
    if let Some(techniques) = techniques {
        event.push_value("threat.technique.id", techniques);
    }
}
