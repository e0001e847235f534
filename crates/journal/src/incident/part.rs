//! The part that somebody has in the response to one incident, besides the commander, of whom there is one.

closed_words! {
    /// A part in the response to an incident.
    Part, "part in the response" {
        /// Leads when the commander is not there.
        Deputy = "deputy",
        /// Writes down what is said and done.
        Scribe = "scribe",
        /// Tells others of it.
        Communications = "communications",
        /// Looks after what the law asks for.
        Legal = "legal",
        /// Works on it.
        Responder = "responder",
        /// Looks on.
        Observer = "observer",
    }
}
