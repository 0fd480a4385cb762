use super::*;

const T0_S: u64 = 1_793_000_000;

fn row(id: u64, at_ms: u64) -> Landmark {
    Landmark {
        id: Some(id.to_string().parse().unwrap()),
        updated_at: Some(UnixMillis(T0_S * 1_000 + at_ms)),
    }
}

fn more(cursor: &str) -> Next {
    Next::More(cursor.to_owned())
}

fn until(ms: u64) -> UnixMillis {
    UnixMillis(T0_S * 1_000 + ms)
}

#[test]
fn a_span_is_widened_to_whole_seconds_and_quoted() {
    let from = UnixMillis::parse_rfc3339("2026-11-01T00:00:00.999Z").unwrap();
    let until = UnixMillis::parse_rfc3339("2026-11-02T00:00:00.001Z").unwrap();
    assert_eq!(
        Position::start(Some(from)).search(until),
        (
            "updated_at:>='2026-11-01T00:00:00Z' updated_at:<'2026-11-02T00:00:01Z'".to_owned(),
            SortKey::UpdatedAt
        )
    );
    assert_eq!(
        Position::start(None).search(UnixMillis::parse_rfc3339("2026-11-02T00:00:00Z").unwrap()).0,
        "updated_at:<'2026-11-02T00:00:00Z'"
    );
}

#[test]
fn an_empty_span_is_done_before_it_begins() {
    assert!(Position::start(Some(until(5_000))).is_done(until(5_000)));
    assert!(!Position::start(Some(until(5_000))).is_done(until(5_001)));
    assert!(!Position::start(None).is_done(until(0)));
}

#[test]
fn a_list_is_begun_anew_before_the_vendor_ends_it_and_its_edge_is_not_delivered_twice() {
    let start = Position::start(None);
    let rows = [row(1, 0), row(2, 5_000), row(3, 5_400), row(4, 5_900)];
    let short = start.advanced(&rows, LIST_OBJECTS_RESTART - 1, more("c")).unwrap();
    assert_eq!(short.after(), Some("c"));
    let long = start.advanced(&rows, LIST_OBJECTS_RESTART, more("c")).unwrap();
    assert_eq!(long.after(), None);
    assert_eq!(long.list, List::Changed { from_s: Some(T0_S + 5) });
    for (row, delivered) in [
        (row(2, 5_000), true),
        (row(4, 5_900), true),
        (row(4, 5_950), false),
        (row(5, 5_900), false),
        (row(1, 0), false),
    ] {
        assert_eq!(long.has_delivered(&row), delivered, "{row:?}");
    }
}

#[test]
fn a_second_too_full_for_one_list_is_gone_through_by_id() {
    let start = Position::start(Some(until(0)));
    let rows = [row(7, 100), row(9, 200)];
    let second = start.advanced(&rows, LIST_OBJECTS_RESTART, more("c")).unwrap();
    assert_eq!(second.list, List::Second { at_s: T0_S, from_id: None });
    assert!(second.search(until(9_000)).0.ends_with('\''));
    assert_eq!(second.search(until(9_000)).1, SortKey::Id);

    let later = second.advanced(&rows, LIST_OBJECTS_RESTART, more("d")).unwrap();
    assert!(later.search(until(9_000)).0.ends_with(" id:>=9"), "{later:?}");
    assert!(later.has_delivered(&row(9, 200)));

    let through = later.advanced(&[], 0, Next::End).unwrap();
    assert_eq!(through.list, List::Changed { from_s: Some(T0_S + 1) });
    assert!(through.is_done(until(1_000)));
    assert!(!through.is_done(until(1_001)));
}

#[test]
fn a_page_delivered_in_part_remembers_the_part() {
    let mut position = Position::start(None);
    position.deliver_part([row(1, 0), row(2, 9_000)].iter());
    assert!(position.has_delivered(&row(1, 0)));
    assert!(position.has_delivered(&row(2, 9_000)));
    assert!(!position.has_delivered(&row(3, 9_000)));
    let after = position.advanced(&[row(3, 9_500)], 3, more("c")).unwrap();
    assert!(after.has_delivered(&row(2, 9_000)));
}

#[test]
fn a_whole_page_delivered_in_part_is_remembered() {
    assert!(SEEN_MAX > usize::try_from(crate::PAGE_PRODUCTS).unwrap());
}

#[test]
fn a_cursor_that_leads_nowhere_is_refused() {
    let at_c = Position::start(None).advanced(&[], 1, more("c")).unwrap();
    for next in
        [more("c"), more(""), more(&"x".repeat(CURSOR_BYTES_MAX + 1)), more("a b"), Next::Unknown]
    {
        assert_eq!(at_c.advanced(&[], 1, next), Err(BadCursor));
    }
}

#[test]
fn the_resume_text_is_read_back_and_stays_under_eight_kilobytes() {
    let mut position = Position::start(Some(until(0)));
    position.deliver_part((0..1_000).map(|n| row(u64::MAX - n, 0)).collect::<Vec<_>>().iter());
    position = position.advanced(&[], 1, more(&"x".repeat(CURSOR_BYTES_MAX))).unwrap();
    let text = position.resume(None);
    assert!(text.len() < 8_192, "{}", text.len());
    let read = |text: &str| Position::parse(text).unwrap().0;
    assert_eq!(read(&text), position);
    for position in [Position::end(), Position::at(List::Second { at_s: 1, from_id: None })] {
        assert_eq!(read(&position.resume(None)), position);
    }
    let text = Position::end().resume(None).replace("\"v\":3", "\"v\":1");
    assert_eq!(read(&text.replace("\"begun\":null,", "")), Position::end());
}

#[test]
fn a_resume_text_that_is_not_ours_is_refused_and_named() {
    let ours = Position::start(None).resume(None);
    for (text, expected) in [
        (String::new(), "EOF"),
        ("{}".to_owned(), "missing field"),
        (ours.replace("\"v\":3", "\"v\":4"), "found version 4, expected up to 3"),
        (ours.replace("\"begun\":null", "\"begun\":\"!\""), "found no record begun"),
        (ours.replace("\"begun\":null", "\"begun\":\"AAAA\""), "found no record begun"),
        (ours.replace("\"done\"", "\"other\""), "unknown field `other`"),
        (ours.replace("\"after\":null", "\"after\":\"a b\""), "beyond their bounds"),
    ] {
        let error = Position::parse(&text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}
