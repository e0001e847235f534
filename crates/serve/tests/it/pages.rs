//! The pages: what browsers and password managers need of them, and what must not be in them.

use super::site::Site;

const PAGES: [&str; 4] = ["/", "/login", "/setup", "/enrol"];

/// All pages, and the script.
fn sources() -> Vec<(String, String)> {
    let site = Site::new();
    let all = PAGES.iter().chain(&["/assets/page.js", "/assets/page.css"]);
    all.map(|path| ((*path).to_owned(), site.nobody().get(path).expect(200).text)).collect()
}

#[test]
fn pages_are_served_as_what_they_are() {
    let site = Site::new();
    let types = [
        ("/assets/page.css", "text/css; charset=utf-8"),
        ("/assets/page.js", "text/javascript; charset=utf-8"),
    ];
    for (path, want) in types.into_iter().chain(PAGES.map(|page| (page, "text/html; charset=utf-8"))) {
        let answer = site.nobody().get(path).expect(200);
        assert_eq!(answer.header("content-type"), Some(want), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
}

/// Every `input` of a page, as it stands there.
fn inputs(page: &str) -> Vec<&str> {
    page.split("<input ").skip(1).filter_map(|rest| rest.split_once('>')).map(|(input, _)| input).collect()
}

#[test]
fn v6_2_6_passwords_are_typed_into_fields_for_passwords() {
    let mut found = 0;
    for (path, page) in sources() {
        for input in inputs(&page)
            .into_iter()
            .filter(|input| input.contains("password\"") && input.contains("-password"))
        {
            assert!(input.contains("type=\"password\""), "{path}: {input}");
            found += 1;
        }
    }
    assert_eq!(found, 6, "on the four pages");
}

#[test]
fn v6_2_7_passwords_may_be_pasted_and_filled_in_by_a_manager() {
    let fields = [
        ("/login", "current-password"),
        ("/setup", "new-password"),
        ("/enrol", "new-password"),
        ("/", "new-password"),
    ];
    let sources = sources();
    let text = |path: &str| sources.iter().find(|(known, _)| known == path).unwrap().1.clone();
    for (path, autocomplete) in fields {
        assert!(text(path).contains(&format!("autocomplete=\"{autocomplete}\"")), "{path}");
    }
    for path in ["/login", "/setup", "/"] {
        assert!(text(path).contains("autocomplete=\"username\""), "{path}");
    }
    assert!(text("/login").contains("autocomplete=\"one-time-code\""));
    for (path, source) in &sources {
        for word in ["paste", "contextmenu", "autocomplete=\"off\" type=\"password\""] {
            assert!(!source.to_lowercase().contains(word), "{path}: {word}");
        }
    }
}

#[test]
fn v7_4_4_whoever_is_signed_in_sees_how_to_leave() {
    let page = Site::new().nobody().get("/").expect(200).text;
    assert!(page.contains(">Sign out</button>"));
}

#[test]
fn v3_2_2_text_is_shown_as_text() {
    let (_, script) = sources().into_iter().find(|(path, _)| path.ends_with(".js")).unwrap();
    assert!(script.contains("textContent"));
    let ways =
        ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "DOMParser"];
    for way in ways.into_iter().chain(["createContextualFragment", "setHTML", "srcdoc", "javascript:"]) {
        assert!(!script.contains(way), "{way}");
    }
}

#[test]
fn v3_6_1_pages_load_nothing_from_elsewhere_and_run_nothing_inline() {
    for (path, source) in sources() {
        assert!(
            !source.contains("http://") && !source.contains("https://") && !source.contains("//cdn"),
            "{path}"
        );
        if path.ends_with(".css") {
            assert!(!source.contains("url(") && !source.contains("@import"), "{path}");
        }
        if !path.contains("assets") {
            for inline in
                ["<style", " style=", " onclick", " onload", " onsubmit", "<script>", "<iframe", "<object"]
            {
                assert!(!source.contains(inline), "{path}: {inline}");
            }
        }
    }
}

#[test]
fn every_field_has_a_label() {
    for (path, page) in sources().into_iter().filter(|(path, _)| !path.contains("assets")) {
        for input in inputs(&page).into_iter().filter(|input| !input.contains(" hidden")) {
            let id = input.split("id=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
            let labelled = page.contains(&format!("<label for=\"{id}\""))
                || page.contains(&format!("<label class=\"check\"><input id=\"{id}\""));
            assert!(labelled, "{path}: {id}");
        }
    }
}
