//! What somebody may do, and the roles that say it.
//!
//! The names stand in facts: one that was released is kept for ever, even when nothing asks for it any more.
//! `docs/access.md` shows the table, and a test compares it with this file.

closed_words! {
    /// Something that the server does for some and not for others. None of them opens what is restricted to
    /// named people.
    Permission, "permission" {
        /// See alerts.
        AlertsRead = "alerts:read",
        /// Say who works on an alert and what it is, and take that back.
        AlertsTriage = "alerts:triage",
        /// Do over the interface of TheHive what one's roles allow with alerts and incidents, and nothing elsewhere.
        AlertsThehive = "alerts:thehive",
        /// Say which alerts are hidden for a while.
        ExceptionsWrite = "exceptions:write",
        /// See incidents.
        IncidentsRead = "incidents:read",
        /// Open incidents, say what belongs to them, how entities stand, what happened and what is to be done; write
        /// notes; propose.
        IncidentsWork = "incidents:work",
        /// Make incidents of the cases of another product.
        IncidentsImport = "incidents:import",
        /// Name who leads the response to an incident, say what it is, decide, let it enter a phase, close it; decide what
        /// belongs to one that is led.
        IncidentsCommand = "incidents:command",
        /// Acknowledge what the server tells people of.
        CallsAcknowledge = "calls:acknowledge",
        /// Restrict an incident to named people, or open it up.
        IncidentsRestrict = "incidents:restrict",
        /// Take an incident out as a bundle.
        IncidentsExport = "incidents:export",
        /// See what evidence there is, and who had it.
        EvidenceRead = "evidence:read",
        /// Take the bytes of evidence out.
        EvidenceExport = "evidence:export",
        /// Restrict evidence to named people, or open it up.
        EvidenceRestrict = "evidence:restrict",
        /// See what people reported, and how to reach them.
        ReportsRead = "reports:read",
        /// Answer whoever reported, and say how far it is.
        ReportsAnswer = "reports:answer",
        /// Read the entries of the whole log, and its checkpoints.
        JournalRead = "journal:read",
        /// See who may work here.
        UsersRead = "users:read",
        /// Make, change, disable users; set roles and first passwords.
        UsersWrite = "users:write",
        /// End sessions of others.
        SessionsEnd = "sessions:end",
        /// Have tokens of one's own.
        TokensOwn = "tokens:own",
        /// Revoke anybody's token.
        TokensRevoke = "tokens:revoke",
        /// See how the server is configured.
        ConfigurationRead = "configuration:read",
        /// Read the server's figures.
        MetricsRead = "metrics:read",
        /// See what sends events and alerts, and how much.
        SourcesRead = "sources:read",
        /// Add, change and remove what sends events and alerts, and give it tokens and secrets.
        SourcesWrite = "sources:write",
        /// Ask who uses what: which hosts and accounts were seen with another, by the hour.
        ActivityRead = "activity:read",
    }
}

closed_words! {
    /// The part that somebody has in the response.
    TeamRole, "role" {
        /// Leads the response.
        IncidentCommander = "incident-commander",
        /// Leads when the commander is not there.
        Deputy = "deputy",
        /// Works on incidents.
        Responder = "responder",
        /// Writes down what is said and done.
        Scribe = "scribe",
        /// Tells others of it.
        Communications = "communications",
        /// Looks after what the law asks for.
        Legal = "legal",
        /// Looks on.
        Observer = "observer",
        /// Looks at everything afterwards.
        Auditor = "auditor",
        /// Looks after users and the server; reads no incidents by that.
        Administrator = "administrator",
    }
}

impl TeamRole {
    /// What the role lets somebody do.
    pub fn permissions(self) -> &'static [Permission] {
        use Permission::{
            ActivityRead, AlertsRead, AlertsThehive, AlertsTriage, CallsAcknowledge, ConfigurationRead,
            EvidenceExport, EvidenceRead, EvidenceRestrict, ExceptionsWrite, IncidentsCommand,
            IncidentsExport, IncidentsImport, IncidentsRead, IncidentsRestrict, IncidentsWork, JournalRead,
            MetricsRead, ReportsAnswer, ReportsRead, SessionsEnd, SourcesRead, SourcesWrite, TokensOwn,
            TokensRevoke, UsersRead, UsersWrite,
        };
        match self {
            TeamRole::IncidentCommander | TeamRole::Deputy => &[
                AlertsRead,
                AlertsTriage,
                AlertsThehive,
                ExceptionsWrite,
                IncidentsRead,
                IncidentsWork,
                IncidentsImport,
                IncidentsCommand,
                CallsAcknowledge,
                IncidentsRestrict,
                IncidentsExport,
                EvidenceRead,
                EvidenceExport,
                EvidenceRestrict,
                ReportsRead,
                ReportsAnswer,
                JournalRead,
                UsersRead,
                TokensOwn,
                SourcesRead,
                ActivityRead,
            ],
            TeamRole::Responder => &[
                AlertsRead,
                AlertsTriage,
                AlertsThehive,
                ExceptionsWrite,
                IncidentsRead,
                IncidentsWork,
                CallsAcknowledge,
                IncidentsExport,
                EvidenceRead,
                EvidenceExport,
                ReportsRead,
                ReportsAnswer,
                TokensOwn,
                SourcesRead,
                ActivityRead,
            ],
            TeamRole::Scribe => &[
                AlertsRead,
                IncidentsRead,
                IncidentsWork,
                CallsAcknowledge,
                EvidenceRead,
                ReportsRead,
                TokensOwn,
            ],
            TeamRole::Communications => &[IncidentsRead, CallsAcknowledge, ReportsRead, ReportsAnswer],
            TeamRole::Legal => &[
                IncidentsRead,
                CallsAcknowledge,
                IncidentsRestrict,
                IncidentsExport,
                EvidenceRead,
                EvidenceExport,
                EvidenceRestrict,
            ],
            TeamRole::Observer => &[AlertsRead, IncidentsRead, CallsAcknowledge],
            TeamRole::Auditor => &[
                AlertsRead,
                IncidentsRead,
                IncidentsExport,
                EvidenceRead,
                ReportsRead,
                JournalRead,
                UsersRead,
                ConfigurationRead,
                MetricsRead,
                SourcesRead,
                ActivityRead,
            ],
            TeamRole::Administrator => &[
                UsersRead,
                UsersWrite,
                SessionsEnd,
                TokensOwn,
                TokensRevoke,
                ConfigurationRead,
                MetricsRead,
                SourcesRead,
                SourcesWrite,
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn every_name_reads_back_and_nothing_else_does() {
        for one in Permission::ALL {
            assert_eq!(Permission::parse(one.as_str()), Ok(*one));
            assert_eq!(serde_json::to_value(one).unwrap(), one.as_str());
        }
        for one in TeamRole::ALL {
            assert_eq!(TeamRole::parse(one.as_str()), Ok(*one));
        }
        for bad in ["", "alerts", "Alerts:read", "alerts:read ", "alerts:*"] {
            let error = Permission::parse(bad).unwrap_err().to_string();
            assert!(error.contains("there are alerts:read, "), "{error}");
        }
        assert!(serde_json::from_str::<TeamRole>("\"root\"").is_err());
    }

    #[test]
    fn every_permission_is_somebodys() {
        for permission in Permission::ALL {
            assert!(TeamRole::ALL.iter().any(|role| role.permissions().contains(permission)), "{permission}");
        }
        for role in TeamRole::ALL {
            assert!(role.permissions().is_sorted_by(|a, b| a < b), "{role}: in their order, none twice");
        }
    }

    /// Rows of `docs/access.md`: a permission, and who has it.
    fn documented() -> BTreeMap<String, Vec<String>> {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/access.md");
        let page = std::fs::read_to_string(page).unwrap();
        let rows = page.lines().filter_map(|line| {
            let mut cells = line.strip_prefix("| `")?.split(" | ");
            let permission = cells.next()?.trim_end_matches('`').to_owned();
            let roles = cells.last()?.trim_end_matches(" |").split(", ").map(str::to_owned).collect();
            permission.contains(':').then_some((permission, roles))
        });
        rows.collect()
    }

    #[test]
    fn the_table_of_the_documentation_is_this_one() {
        let roles = |permission: &Permission| -> Vec<String> {
            let all = TeamRole::ALL.iter().filter(|role| role.permissions().contains(permission));
            all.map(ToString::to_string).collect()
        };
        let code: BTreeMap<String, Vec<String>> =
            Permission::ALL.iter().map(|one| (one.to_string(), roles(one))).collect();
        assert_eq!(documented(), code);
    }
}
