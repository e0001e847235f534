//! How what a source sends is read, as clients say it.

use crate::http::Problem;
use cofferdam_detect::parser::{named, names};
use cofferdam_journal::source::{SourceKind, SourceSettings, Trust};
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// How what a source sends is read. What is left out is as if nothing had been said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceTerms {
    /// What its events or alerts are written in, such as `syslog` or `suricata`; recognised from each where none is said.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200, pattern = "^[A-Za-z0-9._-]+$")]
    parser: Option<String>,
    /// How many events a minute it sends at the least; with fewer it counts as silent.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100_000_000)]
    expected: Option<u32>,
    /// How far what it sends is believed; `proven` where nothing is said.
    #[serde(default)]
    #[schema(value_type = Option<TrustName>)]
    trust: Option<Trust>,
    /// The zone of times that name none, such as `Europe/Berlin`; UTC where none is said.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200, example = "Europe/Berlin")]
    zone: Option<String>,
    /// Where in an alert of no known product its fields lie: our name of a field, and the path to it.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>, example = json!({"title": "/alert/name"}))]
    mapping: BTreeMap<String, String>,
}

/// A source to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSource {
    /// What it is called.
    #[schema(pattern = "^[a-z0-9][a-z0-9-]{0,62}$", example = "web-proxy")]
    pub name: String,
    /// What it sends: `events`, or `alerts` of another product.
    #[schema(value_type = KindName)]
    pub kind: SourceKind,
    /// What its events or alerts are written in, such as `syslog` or `suricata`; recognised from each where none is said.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200, pattern = "^[A-Za-z0-9._-]+$")]
    parser: Option<String>,
    /// How many events a minute it sends at the least; with fewer it counts as silent.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100_000_000)]
    expected: Option<u32>,
    /// How far what it sends is believed; `proven` where nothing is said.
    #[serde(default)]
    #[schema(value_type = Option<TrustName>)]
    trust: Option<Trust>,
    /// The zone of times that name none, such as `Europe/Berlin`; UTC where none is said.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200, example = "Europe/Berlin")]
    zone: Option<String>,
    /// Where in an alert of no known product its fields lie: our name of a field, and the path to it.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>, example = json!({}))]
    mapping: BTreeMap<String, String>,
}

impl NewSource {
    /// Its settings.
    ///
    /// # Errors
    ///
    /// As [`SourceTerms::settings`].
    pub fn settings(self) -> Result<SourceSettings, Problem> {
        let NewSource { kind, parser, expected, trust, zone, mapping, .. } = self;
        SourceTerms { parser, expected, trust, zone, mapping }.settings(kind)
    }
}

impl SourceTerms {
    /// The settings of a source of this kind.
    ///
    /// # Errors
    ///
    /// 422 when one of them has not the form that it must have, or there is no such zone.
    pub fn settings(self, kind: SourceKind) -> Result<SourceSettings, Problem> {
        let SourceTerms { parser, expected, trust, zone, mapping } = self;
        let trust = trust.unwrap_or_default();
        let settings = SourceSettings { kind, parser, expected, trust, zone, mapping };
        settings.check().map_err(|refusal| Problem::invalid().detail(refusal.to_string()))?;
        let parser = settings.parser.as_deref();
        if let Some(parser) = parser.filter(|parser| kind == SourceKind::Events && named(parser).is_none()) {
            return Err(Problem::invalid()
                .detail(format!("there is no parser `{parser}` of events"))
                .help(format!("say nothing, so that each is recognised, or one of {}", known())));
        }
        match settings.zone.as_deref().map(TimeZone::get) {
            Some(Err(_)) => Err(Problem::invalid().detail("there is no such zone")),
            _ => Ok(settings),
        }
    }
}

/// Names of parsers of events.
fn known() -> String {
    let all: BTreeSet<&str> = names().collect();
    all.into_iter().collect::<Vec<_>>().join(", ")
}

/// Describes a [`Trust`].
pub struct TrustName;

/// Describes a [`SourceKind`].
pub struct KindName;

fn one_of(texts: &[&'static str]) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(texts.iter().copied())).into()
}

impl PartialSchema for TrustName {
    fn schema() -> RefOr<Schema> {
        one_of(&[Trust::Proven, Trust::LocalText, Trust::Unproven].map(Trust::as_str))
    }
}

impl ToSchema for TrustName {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Trust")
    }
}

impl PartialSchema for KindName {
    fn schema() -> RefOr<Schema> {
        one_of(&[SourceKind::Events, SourceKind::Alerts].map(SourceKind::as_str))
    }
}

impl ToSchema for KindName {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("SourceKind")
    }
}
