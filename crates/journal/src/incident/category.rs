//! What kind of incident it is.

closed_words! {
    /// A type of incident, under its classification.
    ///
    /// Source: Reference Security Incident Taxonomy of ENISA and TF-CSIRT, version 2.
    Category, "category of the Reference Security Incident Taxonomy" {
        /// Unsolicited mail.
        Spam = "abusive-content/spam",
        /// Somebody is discredited or discriminated.
        HarmfulSpeech = "abusive-content/harmful-speech",
        /// Violence against people.
        Violence = "abusive-content/violence",
        /// A system runs malware.
        InfectedSystem = "malicious-code/infected-system",
        /// A server that commands malware.
        C2Server = "malicious-code/c2-server",
        /// A place from which malware is spread.
        MalwareDistribution = "malicious-code/malware-distribution",
        /// A place from which malware takes its configuration.
        MalwareConfiguration = "malicious-code/malware-configuration",
        /// Somebody looks for weaknesses.
        Scanner = "information-gathering/scanner",
        /// Somebody listens to traffic.
        Sniffing = "information-gathering/sniffing",
        /// Somebody asks people for what they should not tell.
        SocialEngineering = "information-gathering/social-engineering",
        /// An attempt to exploit something, noticed by detection.
        IdsAlert = "intrusion-attempts/ids-alert",
        /// Somebody tries many passwords.
        BruteForce = "intrusion-attempts/brute-force",
        /// An attempt to exploit something that was not known.
        Exploit = "intrusion-attempts/exploit",
        /// Somebody has an account that may do everything.
        PrivilegedAccount = "intrusions/privileged-account-compromise",
        /// Somebody has an account.
        UnprivilegedAccount = "intrusions/unprivileged-account-compromise",
        /// Somebody has an application.
        Application = "intrusions/application-compromise",
        /// Somebody has a system.
        System = "intrusions/system-compromise",
        /// Somebody broke into a building.
        Burglary = "intrusions/burglary",
        /// Something was made unavailable.
        Dos = "availability/dos",
        /// Something was, from many places.
        Ddos = "availability/ddos",
        /// Something does not work since it is set up wrongly.
        Misconfiguration = "availability/misconfiguration",
        /// Something was destroyed.
        Sabotage = "availability/sabotage",
        /// Something does not work, by no intent.
        Outage = "availability/outage",
        /// Information was read by whom it is not for.
        UnauthorisedAccess = "information-content-security/unauthorised-information-access",
        /// Information was changed.
        UnauthorisedModification = "information-content-security/unauthorised-information-modification",
        /// Information is gone.
        DataLoss = "information-content-security/data-loss",
        /// Information is where it should not be.
        DataLeak = "information-content-security/data-leak",
        /// Resources are used for something else.
        UnauthorisedUse = "fraud/unauthorised-use-of-resources",
        /// What is protected was copied.
        Copyright = "fraud/copyright",
        /// Somebody claims to be somebody else.
        Masquerade = "fraud/masquerade",
        /// Somebody claims it to have passwords.
        Phishing = "fraud/phishing",
        /// Something is encrypted weakly.
        WeakCrypto = "vulnerable/weak-crypto",
        /// Something makes attacks of others larger.
        DdosAmplifier = "vulnerable/ddos-amplifier",
        /// Something can be reached that should perhaps not.
        PotentiallyUnwanted = "vulnerable/potentially-unwanted-accessible",
        /// Something tells more than it should.
        InformationDisclosure = "vulnerable/information-disclosure",
        /// Something has a known weakness.
        VulnerableSystem = "vulnerable/vulnerable-system",
        /// None of these.
        Other = "other/other",
        /// Nobody knows yet.
        Undetermined = "other/undetermined",
        /// Somebody tried whether it would be noticed.
        Test = "test/test",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn categories_are_those_of_the_taxonomy() {
        #[derive(serde::Deserialize)]
        struct Taxonomy {
            classes: BTreeMap<String, Vec<String>>,
        }
        let Some(data) = std::env::var_os("COFFERDAM_TEST_DATA") else {
            println!("skipped: COFFERDAM_TEST_DATA is not set");
            return;
        };
        let path = std::path::Path::new(&data).join("taxonomies/rsit.json");
        let Ok(text) = std::fs::read_to_string(&path) else {
            println!("skipped: there is no {}", path.display());
            return;
        };
        let taxonomy: Taxonomy = serde_json::from_str(&text).unwrap();
        let types = |(class, types): (&String, &Vec<String>)| -> Vec<String> {
            types.iter().map(|one| format!("{class}/{one}")).collect()
        };
        let theirs: BTreeSet<String> = taxonomy.classes.iter().flat_map(types).collect();
        let ours: BTreeSet<String> = Category::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(ours, theirs);
    }
}
