//! From the parsed Sigma document to our own condition: modifiers are resolved here, once.
//!
//! Source: Sigma specification 2.1.0, "Rules" and appendix "Modifiers".

use super::model::{Anchor, Comparison, Expr, LogSource, Meta, Number, Rule, Test, TimePart};
use super::pattern::{Part, Pattern};
use super::search::Search;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cofferdam_vocabulary::{Level, Tactic, TechniqueId};
use rsigma_parser::{
    ConditionExpr, Detection, DetectionItem, Detections, Modifier, Quantifier, SigmaRule, SigmaString,
    SigmaValue, SpecialChar, StringPart,
};
use std::sync::Arc;

/// Why a document cannot become a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// The rule waits for values that only the organisation knows.
    #[error("the placeholder `%{name}%` has no value here")]
    Placeholder {
        /// The name between the per cent signs.
        name: String,
    },
    /// The condition names a detection that the rule does not have.
    #[error("the condition names `{name}`, which is not in the detection")]
    UnknownName {
        /// The name in question.
        name: String,
    },
    /// A regular expression that cannot be used.
    #[error("the regular expression `{pattern}` cannot be used: {reason}")]
    Regex {
        /// As the rule has it.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A modifier got a value that it cannot work on.
    #[error("`{value}` is not a value for `{modifier}`")]
    Value {
        /// As the rule has it.
        value: String,
        /// The modifier.
        modifier: &'static str,
    },
    /// A correlation's condition names a rule that it does not list.
    #[error("the condition names `{name}`, which is not among the correlation's `rules`")]
    UnknownRule {
        /// The name in question.
        name: String,
    },
    /// The document is not made as it must be.
    #[error("{what}")]
    Malformed {
        /// What is wrong with it.
        what: String,
    },
    /// Not evaluated here.
    #[error("{what} is not supported by this version")]
    Unsupported {
        /// What was used.
        what: &'static str,
    },
}

/// Compiled size of one regular expression, at most: what `(a{1000}){1000}` would exceed.
const REGEX_BYTES: usize = 4 << 20;

/// Turns a parsed rule into ours.
///
/// # Errors
///
/// [`ConvertError`] when a part of it cannot be evaluated as written.
pub(super) fn rule(parsed: &SigmaRule, file: &Arc<str>) -> Result<Rule, ConvertError> {
    let mut meta = meta(
        &Named { id: parsed.id.as_deref(), name: parsed.name.as_deref(), title: &parsed.title },
        parsed.level,
        &parsed.tags,
        parsed.description.as_deref(),
        (parsed.author.clone(), parsed.license.clone()),
        file,
    );
    let ours = parsed.custom_attributes.get("cofferdam");
    meta.named_by =
        ours.and_then(|ours| ours.get("named-by")).and_then(|field| field.as_str()).map(Arc::from);
    meta.attempt =
        ours.and_then(|ours| ours.get("attempt")).and_then(yaml_serde::Value::as_bool).unwrap_or(false);
    let lower = |text: &Option<String>| text.as_ref().map(|text| text.to_ascii_lowercase());
    let logsource = LogSource {
        product: lower(&parsed.logsource.product),
        category: lower(&parsed.logsource.category),
        service: lower(&parsed.logsource.service),
    };
    Ok(Rule { meta: Arc::new(meta), logsource, condition: detections(&parsed.detection)?, reported: true })
}

/// What a document calls itself.
pub(super) struct Named<'d> {
    pub id: Option<&'d str>,
    pub name: Option<&'d str>,
    pub title: &'d str,
}

pub(super) fn meta(
    named: &Named<'_>,
    level: Option<rsigma_parser::Level>,
    tags: &[String],
    description: Option<&str>,
    (author, license): (Option<String>, Option<String>),
    file: &Arc<str>,
) -> Meta {
    let attack = tags.iter().filter_map(|tag| tag.strip_prefix("attack."));
    let techniques: Vec<TechniqueId> =
        attack.clone().filter_map(|tag| Some(TechniqueId::parse(tag).ok()?.in_v18())).collect();
    let mut tactics: Vec<Tactic> = attack.filter_map(Tactic::parse).collect();
    if tactics.is_empty() {
        let known = techniques.iter().filter_map(TechniqueId::technique);
        tactics.extend(known.filter_map(|technique| technique.tactics.first()));
    }
    tactics.sort_unstable();
    tactics.dedup();
    Meta {
        id: named.id.or(named.name).unwrap_or(named.title).into(),
        name: named.name.map(str::to_owned),
        title: named.title.into(),
        level: level.and_then(|level| Level::parse(level.as_str()).ok()).unwrap_or(Level::Medium),
        tactics,
        techniques,
        description: description.unwrap_or_default().trim().to_owned(),
        author,
        license,
        file: Arc::clone(file),
        named_by: None,
        attempt: false,
        line: 1,
    }
}

/// The condition of a whole detection section; several conditions mean any of them.
pub(super) fn detections(section: &Detections) -> Result<Expr, ConvertError> {
    let conditions: Result<Vec<_>, _> =
        section.conditions.iter().map(|expr| condition(expr, section)).collect();
    Ok(any(conditions?))
}

fn condition(expr: &ConditionExpr, section: &Detections) -> Result<Expr, ConvertError> {
    match expr {
        ConditionExpr::And(parts) => Ok(all(conditions(parts, section)?)),
        ConditionExpr::Or(parts) => Ok(any(conditions(parts, section)?)),
        ConditionExpr::Not(inner) => Ok(Expr::Not(Box::new(condition(inner, section)?))),
        ConditionExpr::Identifier(name) => match section.named.get(name) {
            Some(named) => detection(named),
            None => Err(ConvertError::UnknownName { name: name.clone() }),
        },
        ConditionExpr::Selector { quantifier, pattern } => {
            let mut names: Vec<&String> =
                section.named.keys().filter(|name| pattern.matches_detection_name(name)).collect();
            names.sort_unstable();
            if names.is_empty() {
                return Err(ConvertError::UnknownName { name: pattern.to_string() });
            }
            let parts: Result<Vec<_>, _> =
                names.iter().map(|name| detection(&section.named[*name])).collect();
            Ok(match quantifier {
                Quantifier::Any | Quantifier::Count(1) => any(parts?),
                Quantifier::All => all(parts?),
                Quantifier::Count(n) => Expr::AtLeast(usize::try_from(*n).unwrap_or(usize::MAX), parts?),
            })
        }
    }
}

fn conditions(parts: &[ConditionExpr], section: &Detections) -> Result<Vec<Expr>, ConvertError> {
    parts.iter().map(|part| condition(part, section)).collect()
}

fn detection(detection: &Detection) -> Result<Expr, ConvertError> {
    match detection {
        Detection::AllOf(items) => Ok(all(items.iter().map(item).collect::<Result<_, _>>()?)),
        Detection::AnyOf(parts) => Ok(any(parts.iter().map(self::detection).collect::<Result<_, _>>()?)),
        Detection::And(parts) => Ok(all(parts.iter().map(self::detection).collect::<Result<_, _>>()?)),
        Detection::Keywords(values) => {
            let tests: Result<Vec<_>, _> = values.iter().map(|value| keyword(value, &[])).collect();
            Ok(any(tests?))
        }
        Detection::ArrayMatch { .. } => Err(ConvertError::Unsupported { what: "matching of array members" }),
        Detection::Conditional { .. } => Err(ConvertError::Unsupported { what: "a nested condition" }),
    }
}

fn all(mut parts: Vec<Expr>) -> Expr {
    if parts.len() == 1 { parts.remove(0) } else { Expr::All(parts) }
}

fn any(mut parts: Vec<Expr>) -> Expr {
    if parts.len() == 1 { parts.remove(0) } else { Expr::Any(parts) }
}

fn item(item: &DetectionItem) -> Result<Expr, ConvertError> {
    let modifiers = &item.field.modifiers;
    let mut parts = Vec::with_capacity(item.values.len());
    for value in &item.values {
        match &item.field.name {
            None => parts.push(keyword(value, modifiers)?),
            Some(field) => {
                let field: Arc<str> = field.as_str().into();
                let tests = tests(value, modifiers)?;
                parts
                    .push(any(tests.into_iter().map(|test| Expr::Field(Arc::clone(&field), test)).collect()));
            }
        }
    }
    let linked = if modifiers.contains(&Modifier::All) { all(parts) } else { any(parts) };
    Ok(if modifiers.contains(&Modifier::Neq) { Expr::Not(Box::new(linked)) } else { linked })
}

/// A value without a field is looked for anywhere in any value.
fn keyword(value: &SigmaValue, modifiers: &[Modifier]) -> Result<Expr, ConvertError> {
    let within: Vec<Modifier> = modifiers.iter().copied().chain([Modifier::Contains]).collect();
    Ok(any(tests(value, &within)?.into_iter().map(Expr::Keyword).collect()))
}

/// The tests of which one must pass for the value: one, or one for each encoding of it.
fn tests(value: &SigmaValue, modifiers: &[Modifier]) -> Result<Vec<Test>, ConvertError> {
    let has = |modifier| modifiers.contains(&modifier);
    if has(Modifier::Exists) {
        return match value {
            SigmaValue::Bool(wanted) => Ok(vec![Test::Exists(*wanted)]),
            _ => Err(unfit(value, "exists")),
        };
    }
    if let SigmaValue::Null = value {
        return Ok(vec![Test::Null]);
    }
    if has(Modifier::FieldRef) {
        let how = anchor(modifiers);
        return Ok(vec![Test::SameAs { other: raw(value).into(), how, cased: has(Modifier::Cased) }]);
    }
    if has(Modifier::Re) {
        return regex(&raw(value), modifiers).map(|test| vec![test]);
    }
    if has(Modifier::Cidr) {
        return network(&raw(value)).map(|net| vec![Test::Cidr(net)]).ok_or_else(|| unfit(value, "cidr"));
    }
    if let Some(comparison) = modifiers.iter().find_map(comparison) {
        let number = number(value).ok_or_else(|| unfit(value, "gt, gte, lt or lte"))?;
        return Ok(vec![Test::Compare(comparison, Number::new(number))]);
    }
    if let Some(part) = modifiers.iter().find_map(time_part) {
        let number = raw(value).trim().parse().map_err(|_| unfit(value, "a part of a time"))?;
        return Ok(vec![Test::TimePart(part, number)]);
    }
    Ok(texts(value, modifiers)?.into_iter().map(Test::Text).collect())
}

fn unfit(value: &SigmaValue, modifier: &'static str) -> ConvertError {
    ConvertError::Value { value: value.to_string(), modifier }
}

fn raw(value: &SigmaValue) -> String {
    match value {
        SigmaValue::String(text) => text.original.clone(),
        other => other.to_string(),
    }
}

fn number(value: &SigmaValue) -> Option<f64> {
    match value {
        SigmaValue::Integer(number) => Some(*number as f64),
        SigmaValue::Float(number) => Some(*number),
        SigmaValue::String(text) => {
            text.original.trim().parse().ok().filter(|number: &f64| number.is_finite())
        }
        _ => None,
    }
}

fn comparison(modifier: &Modifier) -> Option<Comparison> {
    match modifier {
        Modifier::Gt => Some(Comparison::Greater),
        Modifier::Gte => Some(Comparison::AtLeast),
        Modifier::Lt => Some(Comparison::Less),
        Modifier::Lte => Some(Comparison::AtMost),
        _ => None,
    }
}

fn time_part(modifier: &Modifier) -> Option<TimePart> {
    match modifier {
        Modifier::Minute => Some(TimePart::Minute),
        Modifier::Hour => Some(TimePart::Hour),
        Modifier::Day => Some(TimePart::Day),
        Modifier::Week => Some(TimePart::Week),
        Modifier::Month => Some(TimePart::Month),
        Modifier::Year => Some(TimePart::Year),
        _ => None,
    }
}

fn anchor(modifiers: &[Modifier]) -> Anchor {
    modifiers
        .iter()
        .find_map(|modifier| match modifier {
            Modifier::Contains => Some(Anchor::Within),
            Modifier::StartsWith => Some(Anchor::Start),
            Modifier::EndsWith => Some(Anchor::End),
            _ => None,
        })
        .unwrap_or(Anchor::Whole)
}

fn network(text: &str) -> Option<ipnet::IpNet> {
    let text = text.trim();
    text.parse().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(ipnet::IpNet::from))
}

fn regex(pattern: &str, modifiers: &[Modifier]) -> Result<Test, ConvertError> {
    let flags: String = modifiers
        .iter()
        .filter_map(|modifier| match modifier {
            Modifier::IgnoreCase => Some('i'),
            Modifier::Multiline => Some('m'),
            Modifier::DotAll => Some('s'),
            _ => None,
        })
        .collect();
    let full = if flags.is_empty() { pattern.to_owned() } else { format!("(?{flags}){pattern}") };
    match Search::compile(full, REGEX_BYTES) {
        Ok(search) => Ok(Test::Regex(Arc::new(search))),
        Err(error) => Err(ConvertError::Regex {
            pattern: pattern.chars().take(120).collect(),
            reason: error.to_string().lines().last().unwrap_or_default().trim().to_owned(),
        }),
    }
}

/// The patterns that the value stands for after its modifiers, in their order.
fn texts(value: &SigmaValue, modifiers: &[Modifier]) -> Result<Vec<Pattern>, ConvertError> {
    let mut texts = vec![match value {
        SigmaValue::String(text) => parts_of(text),
        other => vec![Part::Text(other.to_string())],
    }];
    if modifiers.contains(&Modifier::Expand)
        && let Some(name) = placeholder(&raw(value))
    {
        return Err(ConvertError::Placeholder { name });
    }
    let mut bytes_per_unit = Encoding::Utf8;
    for modifier in modifiers {
        match modifier {
            Modifier::WindAsh => texts = texts.iter().flat_map(|parts| dash_variants(parts)).collect(),
            Modifier::Wide => bytes_per_unit = Encoding::Utf16Le,
            Modifier::Utf16be => bytes_per_unit = Encoding::Utf16Be,
            Modifier::Utf16 => bytes_per_unit = Encoding::Utf16Bom,
            Modifier::Base64 => {
                texts = vec![vec![Part::Text(STANDARD.encode(encoded(value, bytes_per_unit)))]];
            }
            Modifier::Base64Offset => {
                let bytes = encoded(value, bytes_per_unit);
                texts = (0..3).map(|offset| vec![Part::Text(base64_at(&bytes, offset))]).collect();
            }
            _ => {}
        }
    }
    let bare_wide = bytes_per_unit != Encoding::Utf8
        && !modifiers.iter().any(|m| matches!(m, Modifier::Base64 | Modifier::Base64Offset));
    if bare_wide {
        let bytes = encoded(value, bytes_per_unit);
        texts = vec![vec![Part::Text(bytes.iter().map(|&byte| char::from(byte)).collect())]];
    }
    let cased = modifiers.contains(&Modifier::Cased);
    let how = anchor(modifiers);
    Ok(texts.into_iter().map(|parts| Pattern::new(anchored(parts, how), cased)).collect())
}

fn parts_of(text: &SigmaString) -> Vec<Part> {
    text.parts
        .iter()
        .map(|part| match part {
            StringPart::Plain(text) => Part::Text(text.clone()),
            StringPart::Special(SpecialChar::WildcardMulti) => Part::Many,
            StringPart::Special(SpecialChar::WildcardSingle) => Part::One,
        })
        .collect()
}

fn anchored(mut parts: Vec<Part>, how: Anchor) -> Vec<Part> {
    if matches!(how, Anchor::Within | Anchor::End) {
        parts.insert(0, Part::Many);
    }
    if matches!(how, Anchor::Within | Anchor::Start) {
        parts.push(Part::Many);
    }
    parts
}

fn placeholder(text: &str) -> Option<String> {
    let (_, after) = text.split_once('%')?;
    let (name, _) = after.split_once('%')?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// The characters that Windows programs, or people pasting from documents, take for a dash.
const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

/// Every way to write the text's dashes; beyond three of them, all alike.
fn dash_variants(parts: &[Part]) -> Vec<Vec<Part>> {
    let dashes =
        parts.iter().map(|part| if let Part::Text(text) = part { text.matches('-').count() } else { 0 });
    let dashes: usize = dashes.sum();
    let count = DASHES.len().pow(match dashes {
        0..=3 => u32::try_from(dashes).unwrap_or(0),
        _ => 1,
    });
    (0..count)
        .map(|variant| {
            let mut seen = 0;
            let mut write = |ch: char| {
                if ch != '-' {
                    return ch;
                }
                let digit = if dashes > 3 { 0 } else { seen };
                seen = digit + 1;
                DASHES[variant / DASHES.len().pow(digit) % DASHES.len()]
            };
            let mut parts = parts.to_vec();
            for part in &mut parts {
                if let Part::Text(text) = part {
                    *text = text.chars().map(&mut write).collect();
                }
            }
            parts
        })
        .collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    Utf16Bom,
}

fn encoded(value: &SigmaValue, encoding: Encoding) -> Vec<u8> {
    let text = match value {
        SigmaValue::String(text) => text.as_plain().unwrap_or_else(|| text.original.clone()),
        other => other.to_string(),
    };
    match encoding {
        Encoding::Utf8 => text.into_bytes(),
        Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        Encoding::Utf16Bom => {
            [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
        }
    }
}

/// The part of the Base64 text that does not depend on what surrounds `bytes`, when they start
/// `offset` bytes into a group of three.
fn base64_at(bytes: &[u8], offset: usize) -> String {
    let mut padded = vec![0; offset];
    padded.extend_from_slice(bytes);
    let text = STANDARD.encode(&padded);
    let start = (offset * 4).div_ceil(3);
    // The last character mixes with what follows unless the group is full.
    let end = padded.len() * 4 / 3;
    text.get(start..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_offsets_are_found_wherever_the_text_stands() {
        let needle = b"IEX (New-Object";
        for before in 0..9 {
            for after in 0..5 {
                let mut whole = vec![b'x'; before];
                whole.extend_from_slice(needle);
                whole.extend(vec![b'y'; after]);
                let text = STANDARD.encode(&whole);
                assert!(text.contains(&base64_at(needle, before % 3)), "{before} before, {after} after");
            }
        }
    }

    #[test]
    fn dashes_are_written_every_way() {
        let one = dash_variants(&[Part::Text("-enc".into())]);
        assert_eq!(one.len(), 5);
        assert!(one.contains(&vec![Part::Text("/enc".into())]));
        let two = dash_variants(&[Part::Text("-a -b".into())]);
        assert_eq!(two.len(), 25);
        assert!(two.contains(&vec![Part::Text("/a \u{2014}b".into())]));
        assert_eq!(dash_variants(&[Part::Text("a-b-c-d-e".into())]).len(), 5);
    }
}
