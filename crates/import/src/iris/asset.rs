//! Assets of a case: entities, and how people said that they stand.

use super::{INNER, custom};
use crate::case::{Case, Stands};
use crate::entity::{asset, observable};
use crate::fields::{Fields, Form, Told};
use crate::left::Why;
use crate::text::Lines;
use cofferdam_journal::incident::EntityStatus;
use cofferdam_vocabulary::{Entity, Role};

const TOLD: &Told = &[
    ("asset_domain", "domain", Form::Text),
    ("analysis_status", "analysis", Form::Text),
    ("date_added", "added at", Form::Time),
    ("date_update", "changed at", Form::Time),
    ("asset_tags", "tags", Form::List),
    ("asset_info", "about it", Form::Text),
    ("asset_description", "description", Form::Text),
];

/// Reads the assets of a case.
pub fn assets(fields: &mut Fields<'_>, case: &mut Case) {
    let mut lines = Lines::default();
    for one in fields.objects("assets", usize::MAX) {
        let (entities, stands) = read(one, &mut lines);
        case.scope.extend(entities);
        case.stands.extend(stands);
    }
    case.notes.extend(lines.notes("Assets in DFIR-IRIS"));
}

/// The entities that an asset is, and how they stand.
pub fn read(mut fields: Fields<'_>, lines: &mut Lines) -> (Vec<Entity>, Vec<Stands>) {
    let kind = fields.text("type").or_else(|| fields.named("asset_type", &["asset_name", "type_name"]));
    let kind = kind.unwrap_or_else(|| "Asset".to_owned());
    let name = fields.text("asset_name").unwrap_or_else(|| "without a name".to_owned());
    lines.heading(&format!("{kind} {name}"));
    let main = asset(&kind, &name);
    let address = fields.text("asset_ip");
    lines.field("address", address.clone());
    let word = fields.text("asset_compromise_status");
    lines.field("compromised", word.clone());
    let flag = fields.flag("compromised").or_else(|| fields.flag("asset_compromised"));
    lines.field("compromised", flag.map(|flag| if flag { "yes" } else { "no" }.to_owned()));
    let status = match (word.map(|word| word.to_lowercase()).as_deref(), flag) {
        (Some("compromised"), _) | (None, Some(true)) => Some(EntityStatus::Confirmed),
        (Some("not compromised"), _) => Some(EntityStatus::Cleared),
        _ => None,
    };
    fields.tell(TOLD, lines);
    custom(&mut fields, lines);
    for mut ioc in fields.objects("asset_ioc", usize::MAX) {
        lines.field("seen with", ioc.text("ioc_value"));
        ioc.leave(&["type_name", "ioc_description"], Why::Repeated);
    }
    fields.leave(&["light_asset_description"], Why::Repeated);
    fields.leave(
        &[
            "asset_id",
            "asset_uuid",
            "asset_type_id",
            "user_id",
            "case_id",
            "analysis_status_id",
            "asset_compromise_status_id",
        ],
        Why::Inner,
    );
    fields.leave(&INNER, Why::Inner);
    let stands = main.clone().zip(status).map(|(entity, status)| {
        let reason = format!(
            "{} in DFIR-IRIS",
            if status == EntityStatus::Cleared { "not compromised" } else { "compromised" }
        );
        Stands { entity, status, reason }
    });
    let addresses = address.map(|text| observable("ip", &text, Role::Target)).unwrap_or_default();
    (main.into_iter().chain(addresses).collect(), stands.into_iter().collect())
}
