//! Codes, metrics, alarms and pages, tied together. `FLYBALL_BLESS=1` writes `docs/METRICS.md`
//! anew.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use flyball_runtime::metrics::{Alarm, Dimension, Metric, Source, markdown};
use flyball_tests::{files, root, text};

const METRICS: &str = "docs/METRICS.md";
const RUNBOOK: &str = "docs/runbook";

/// What says how to read the others.
const INDEX: &str = "README";

/// What each page says, in this order.
const HEADINGS: [&str; 7] =
    ["Meaning", "Who is affected", "Us or them", "First look", "Do now", "Undo", "Prevent"];

/// How an event begins that has to have a code.
const COUNTED: [&str; 2] = ["tracing::error!(", "tracing::warn!("];

/// The arguments of each event of a text, up to its closing bracket.
fn events(source: &str) -> Vec<&str> {
    let begins = COUNTED.iter().flat_map(|begin| {
        source.match_indices(begin).map(|(at, begin)| at.saturating_add(begin.len()))
    });
    begins.map(|at| arguments(source.get(at..).unwrap())).collect()
}

fn arguments(rest: &str) -> &str {
    let (mut depth, mut quoted) = (1_u32, false);
    let end = rest.char_indices().find(|(_, c)| {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => depth = depth.saturating_add(1),
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    });
    rest.get(..end.unwrap().0).unwrap()
}

fn code_of(event: &str) -> Option<&str> {
    event.split_once("code = \"")?.1.split('"').next()
}

/// Every event that has to have a code, by its file.
fn all_events() -> Vec<(String, String)> {
    let is_source = |path: &Path| {
        path.extension().is_some_and(|extension| extension == "rs")
            && path.components().any(|part| part.as_os_str() == "src")
            && !path.starts_with("tests")
    };
    let mut found = Vec::new();
    for path in files().unwrap().into_iter().filter(|path| is_source(path)) {
        let source = text(&path).unwrap();
        let name = path.display().to_string();
        found.extend(events(&source).into_iter().map(|event| (name.clone(), event.to_owned())));
    }
    found
}

fn pages() -> BTreeMap<String, String> {
    let pages = files().unwrap().into_iter().filter(|path| path.starts_with(RUNBOOK));
    let page = |path: std::path::PathBuf| {
        let code = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (code, text(&path).unwrap())
    };
    pages.map(page).filter(|(code, _)| code != INDEX).collect()
}

#[test]
fn the_page_of_metrics_is_the_one_the_code_prints() {
    let right = markdown();
    if std::env::var_os("FLYBALL_BLESS").is_some() {
        std::fs::write(root().join(METRICS), right).unwrap();
    } else {
        let written = text(METRICS).unwrap();
        let differing = right.lines().zip(written.lines()).find(|(right, found)| right != found);
        assert!(right == written, "run with FLYBALL_BLESS=1: {differing:?}");
    }
}

#[test]
fn every_error_and_every_warning_has_a_code() {
    let events = all_events();
    let without: Vec<_> = events.iter().filter(|(_, event)| code_of(event).is_none()).collect();
    assert!(without.is_empty(), "{without:?}");
    assert!(events.len() > 30, "the way to look for events finds {}", events.len());
}

#[test]
fn an_event_is_read_to_its_own_end() {
    let source = r#"tracing::warn!(code = "ONE", why = f(x), "a ) b"); tracing::error!("two");"#;
    let found = events(source);
    assert_eq!(found, [r#""two""#, r#"code = "ONE", why = f(x), "a ) b""#]);
    assert_eq!(found.iter().map(|event| code_of(event)).collect::<Vec<_>>(), [None, Some("ONE")]);
}

#[test]
fn every_code_and_every_alarm_has_a_page_and_every_page_is_of_one() {
    let events = all_events();
    let of_events = events.iter().filter_map(|(_, event)| code_of(event));
    let of_alarms = Alarm::ALL.iter().map(|alarm| alarm.code());
    let codes: BTreeSet<&str> = of_events.chain(of_alarms).collect();
    let pages = pages();
    assert_eq!(codes, pages.keys().map(String::as_str).collect());
}

#[test]
fn every_page_says_the_seven_things() {
    for (code, page) in pages() {
        assert_eq!(page.lines().next(), Some(&*format!("# {code}")));
        let headings: Vec<&str> =
            page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(headings, HEADINGS, "{code}");
        for part in page.split("\n## ").skip(1) {
            let (heading, body) = part.split_once('\n').unwrap();
            assert!(!body.trim().is_empty(), "{code}: nothing under {heading}");
        }
    }
}

#[test]
fn a_page_that_names_another_names_one_that_there_is() {
    let pages = pages();
    let is_code =
        |word: &str| word.contains('_') && word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    for (code, page) in &pages {
        let named = page.split('`').skip(1).step_by(2).filter(|word| is_code(word));
        for other in named {
            assert!(pages.contains_key(other), "{code} names {other}");
        }
    }
}

#[test]
fn an_alarm_of_ours_looks_at_a_set_without_dimensions() {
    for alarm in Alarm::ALL {
        if let Source::Ours(metric) = alarm.source() {
            let sets = metric.dimension_sets();
            assert!(sets.contains(&([].as_slice())), "{}: {}", alarm.code(), metric.as_str());
        }
    }
}

#[test]
fn no_metric_is_told_apart_by_whose_it_is() {
    let few = [Dimension::Integration, Dimension::Kind, Dimension::Class, Dimension::Function];
    for metric in Metric::ALL {
        let named = metric.dimension_sets().iter().flat_map(|set| set.iter());
        assert!(named.into_iter().all(|dimension| few.contains(dimension)), "{metric:?}");
    }
}
