//! What a month costs.

use serde_json::Value;

use crate::process::flyball;

#[test]
fn a_months_bill_is_made_of_counted_jobs_and_adds_up() {
    let done = flyball(&["cost", "--accounts", "4", "--only", "magento", "--json"]).good();
    let told: Value = serde_json::from_str(&done.out).unwrap();
    let cents = |usd: &Value| usd.as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
    let lines = told["lines"].as_array().unwrap();
    let sum: i64 = lines.iter().map(|line| cents(&line["usd"])).sum();
    let most = i64::try_from(lines.len()).unwrap();
    assert!((cents(&told["usd_per_month"]) - sum).abs() <= most, "{told}");
    assert_eq!(told["accounts"], 4);

    let jobs = told["counted"]["jobs"].as_array().unwrap();
    assert_eq!(jobs.len(), 6, "{told}");
    for job in jobs {
        let counted =
            |of: &str, what: &str| -> f64 { job[of][what].as_str().unwrap().parse().unwrap() };
        assert!(counted("job", "write_units") >= 2.0, "a slot taken and given back: {job}");
        assert!(counted("job", "vendor_calls") >= 1.0, "{job}");
        assert!(counted("changed_record", "write_units") >= 1.0, "a record written: {job}");
    }
}

#[test]
fn a_load_that_nobody_has_is_refused() {
    for (args, expected) in [
        (&["cost"][..], "--accounts"),
        (&["cost", "--accounts", "0"], "1 to 1000000"),
        (&["cost", "--accounts", "1", "--account", "blue-mug"], "cannot be used with"),
        (&["cost", "--accounts", "1", "--memory-mb", "64"], "128 to 10240"),
        (&["cost", "--accounts", "1", "--only", "etsy"], "shopify"),
    ] {
        let done = flyball(args);
        assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{args:?}: {done:?}");
        assert!(done.err.contains(expected), "{args:?}: {done:?}");
    }
}
