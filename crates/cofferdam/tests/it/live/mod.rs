//! The server as events come in: what it finds, and that nothing is lost however it ends.

mod kills;
mod outcome;
mod room;
mod site;

use outcome::Outcome;
use site::Site;

#[test]
fn a_recording_that_is_played_becomes_what_investigate_makes_of_it() {
    let site = Site::new("");
    site.begin();
    let played = site.replay(&["--speed", "100"]);
    assert!(played.expect(0).stdout.starts_with("2,682 records taken"), "all of it is taken");
    site.until_read();
    site.end();
    let (alerts, incidents) = super::recording::partition();
    let live = Outcome::of(&site.data());
    assert_eq!(live.counts(), (alerts, incidents), "{live:#?}");
    // What was sent again counts once.
    assert_eq!(live.records, 2682);
}
