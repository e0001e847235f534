//! What records of clouds and identity providers have in common: second names for their fields, and
//! clients that are written with a port.

use super::cut::Cut;
use super::json::{self, JsonError};
use super::walk::Walk;
use crate::event::{Event, Field, Value, put, unescape};
use std::borrow::Cow;
use std::net::IpAddr;

/// Gives each field that `names` knows further names. What is there is kept, so that rules may ask for
/// the source's own name or for ours.
pub(super) fn also(event: &mut Event<'_>, names: impl Fn(&str) -> &'static [&'static str]) {
    for at in 0..event.fields.len() {
        for name in names(&event.fields[at].name) {
            event.push_again(at, name);
        }
    }
}

/// Takes the wrapper's name off the front of all names that have it.
pub(super) fn unwrap(event: &mut Event<'_>, wrapper: &str) {
    for field in &mut event.fields {
        if let Some(name) = field.name.strip_prefix(wrapper) {
            field.name = Cow::Owned(name.to_owned());
        }
    }
}

/// The value as text that lives as long as the line; of a list, its first member.
pub(super) fn text<'a>(value: &Value<'a>) -> Option<Cow<'a, str>> {
    match value {
        Value::Escaped(raw) if !raw.has(b'\\') => Some(Cow::Borrowed(raw)),
        Value::Escaped(raw) => Some(Cow::Owned(unescape(raw))),
        Value::Text(text) | Value::Number(text) => Some(text.clone()),
        Value::Bool(true) => Some(Cow::Borrowed("true")),
        Value::Bool(false) => Some(Cow::Borrowed("false")),
        Value::Null => None,
        Value::List(members) => members.iter().find_map(text),
    }
}

/// As [`text`], of a value that says something.
pub(super) fn given<'a>(value: Option<&Value<'a>>) -> Option<Cow<'a, str>> {
    value.and_then(text).filter(|text| !matches!(&**text, "" | "-" | "<null>" | "null"))
}

/// Adds the value under a shared name, if it says something.
pub(super) fn push_given<'a>(event: &mut Event<'a>, name: &'static str, value: Option<&Value<'a>>) {
    if let Some(text) = given(value) {
        event.push(name, text);
    }
}

/// Adds `event.outcome`.
pub(super) fn push_outcome(event: &mut Event<'_>, success: bool) {
    event.push("event.outcome", if success { "success" } else { "failure" });
}

/// Adds who called: `192.0.2.1`, `192.0.2.1:443`, `[2001:db8::1]`, `[2001:db8::1]:443`. What is no
/// address, such as the name of a service that calls for somebody, is `source.address`.
pub(super) fn push_client<'a>(event: &mut Event<'a>, client: Cow<'a, str>) {
    let (address, port) = split_port(&client);
    if address.parse::<IpAddr>().is_err() {
        event.push("source.address", client);
        return;
    }
    let (address, port) = match &client {
        Cow::Borrowed(client) => {
            let (address, port) = split_port(client);
            (Cow::Borrowed(address), Cow::Borrowed(port))
        }
        Cow::Owned(_) => (Cow::Owned(address.to_owned()), Cow::Owned(port.to_owned())),
    };
    event.push("source.ip", address);
    if !port.is_empty() {
        event.fields.push(Field { name: Cow::Borrowed("source.port"), value: Value::Number(port) });
    }
}

/// The address without brackets and the port; the port is empty where there is none.
fn split_port(client: &str) -> (&str, &str) {
    if let Some((address, rest)) = client.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (address, rest.strip_prefix(':').filter(|port| is_port(port)).unwrap_or(""));
    }
    match client.split_once(':') {
        Some((address, port)) if is_port(port) => (address, port),
        _ => (client, ""),
    }
}

fn is_port(text: &str) -> bool {
    (1..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// A member of the record as it was written: rules look for words anywhere in it.
pub(super) fn member<'a>(event: &Event<'a>, path: &[&str]) -> Option<&'a str> {
    let Cow::Borrowed(line) = event.text else { return None };
    path.iter().try_fold(line, |object, name| {
        let mut walk = Walk::new(object);
        walk.expect(b'{', "an object").ok()?;
        let mut more = walk.has_members(b'}').ok()?;
        while more {
            let key = walk.key().ok()?;
            let value = walk.skip().ok()?;
            if key == *name {
                return Some(value);
            }
            more = walk.has_more(b'}').ok()?;
        }
        None
    })
}

/// Members of the record as they were written, in one pass over it.
pub(super) fn members<'a, const N: usize>(event: &Event<'a>, names: [&str; N]) -> [Option<&'a str>; N] {
    let mut found = [None; N];
    let Cow::Borrowed(line) = event.text else { return found };
    // The grammar was checked when the fields were read.
    let _ = Walk::new(line).members(|walk, key| {
        let value = walk.skip()?;
        if let Some(place) = names.iter().position(|name| *name == key).and_then(|at| found.get_mut(at)) {
            place.get_or_insert(value);
        }
        Ok(())
    });
    found
}

/// The members of an array, each as it was written; none if it is no array.
pub(super) fn elements(array: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let _ = Walk::new(array).elements(|walk| {
        found.push(walk.skip()?);
        Ok(())
    });
    found
}

/// Adds `PREFIX.NAME: VALUE` for each object of the array that comes next, such as
/// `[{"Name": …, "Value": …}]`. It is read from the line: flattened, values no longer stand beside their
/// names. `keys` are the name's and those under which the value may stand.
pub(super) fn push_pairs<'a>(
    event: &mut Event<'a>,
    walk: &mut Walk<'a>,
    prefix: &str,
    keys: (&str, &[&str]),
) -> Result<(), JsonError> {
    walk.elements(|walk| {
        if let Some((name, value)) = pair_of(walk, keys)?
            && let Some(name) = name.as_text()
        {
            let name = Cow::Owned([prefix, ".", &name].concat());
            match value.part() {
                Some(part) => put(&mut event.fields, name, part),
                None => event.fields.push(Field { name, value }),
            }
        }
        Ok(())
    })
}

/// The name and the value of one object, if it has both; of several values that of the first key.
type Pair<'a> = Option<(Value<'a>, Value<'a>)>;

fn pair_of<'a>(walk: &mut Walk<'a>, keys: (&str, &[&str])) -> Result<Pair<'a>, JsonError> {
    let begin = *walk;
    let (mut name, mut value, mut is_nested) = (None, None, false);
    walk.members(|walk, key| {
        if matches!(walk.peek(), Some(b'{' | b'[')) {
            is_nested = true;
            return walk.skip().map(drop);
        }
        let held = walk.scalar()?;
        if key == keys.0 {
            name.get_or_insert(held);
        } else if let Some(rank) = keys.1.iter().position(|wanted| *wanted == key)
            && value.as_ref().is_none_or(|(best, _)| rank < *best)
        {
            value = Some((rank, held));
        }
        Ok(())
    })?;
    if is_nested {
        let pair = json::flat({ begin }.skip()?.trim())?;
        let value = keys.1.iter().find_map(|key| pair.get(key));
        return Ok(pair.get(keys.0).cloned().zip(value.cloned()));
    }
    Ok(name.zip(value.map(|(_, value)| value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventClass;

    #[test]
    fn only_what_stands_together_is_a_pair() {
        let mut event = Event::new(EventClass::UNKNOWN, "");
        let array = r#"[{"Name":"a"},{"Value":"b"},{"Value":"d","Name":"c"},"x",{"Name":1,"Value":[2,{}]}]"#;
        push_pairs(&mut event, &mut Walk::new(array), "P", ("Name", &["Value"])).unwrap();
        let got: Vec<_> = event.fields.iter().map(|f| (&*f.name, f.value.as_text().unwrap())).collect();
        assert_eq!(got, [("P.c", Cow::Borrowed("d")), ("P.1", Cow::Borrowed("2"))]);
        assert!(push_pairs(&mut event, &mut Walk::new("{\"Name\":"), "P", ("Name", &["Value"])).is_err());
        assert_eq!(event.fields.len(), 2);
    }

    #[test]
    fn a_client_may_have_a_port() {
        let cases = [
            ("192.0.2.1", Some("192.0.2.1"), None),
            ("192.0.2.1:443", Some("192.0.2.1"), Some("443")),
            ("2001:db8::1", Some("2001:db8::1"), None),
            ("[2001:db8::1]:443", Some("2001:db8::1"), Some("443")),
            ("[2001:db8::1]", Some("2001:db8::1"), None),
            ("storage.example.org", None, None),
            ("192.0.2.1:http", None, None),
            ("[", None, None),
        ];
        for (client, ip, port) in cases {
            for client in [Cow::Borrowed(client), Cow::Owned(client.to_owned())] {
                let mut event = Event::new(EventClass::UNKNOWN, "");
                push_client(&mut event, client.clone());
                assert_eq!(event.text_of("source.ip").as_deref(), ip, "{client}");
                assert_eq!(event.text_of("source.port").as_deref(), port, "{client}");
                assert_eq!(event.text_of("source.address").is_none(), ip.is_some(), "{client}");
            }
        }
    }
}
