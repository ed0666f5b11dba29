//! A strict reader of the page of metrics: Prometheus' text exposition format 0.0.4, and the rules
//! that promtool checks.

use std::collections::{BTreeMap, BTreeSet};

type Labels = BTreeMap<String, String>;

/// A page that breaks no rule.
#[derive(Debug, Default)]
pub(crate) struct Page {
    families: BTreeMap<String, Family>,
}

#[derive(Debug, Default)]
struct Family {
    help: Option<String>,
    kind: Option<String>,
    series: BTreeMap<(String, Labels), f64>,
}

impl Page {
    /// Reads a page, and panics at the first rule that it breaks.
    pub(crate) fn read(text: &str) -> Self {
        let mut page = Self::default();
        let mut current = String::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            let family = match line.strip_prefix("# ") {
                Some(comment) => page.describe(comment),
                None => page.add(line),
            };
            let is_new = family != current;
            assert!(!is_new || !page.is_finished(&family, &current), "{family} is in two places");
            current = family;
        }
        assert!(text.ends_with('\n'));
        page.families.iter().for_each(|(name, family)| family.check(name));
        page
    }

    /// Names of all metrics.
    pub(crate) fn names(&self) -> BTreeSet<&str> {
        self.families.keys().map(String::as_str).collect()
    }

    /// The value of the one series of this name with these labels among its own, or 0.
    pub(crate) fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let all = self.families.values().flat_map(|family| &family.series);
        let has = |series: &Labels| {
            labels.iter().all(|(label, value)| series.get(*label).is_some_and(|own| own == value))
        };
        let found: Vec<_> =
            all.filter(|((own, series), _)| own == name && has(series)).map(|row| row.1).collect();
        assert!(found.len() < 2, "{name} {labels:?} is not one series");
        found.first().map_or(0.0, |value| **value)
    }

    fn describe(&mut self, comment: &str) -> String {
        let mut words = comment.splitn(3, ' ');
        let (word, name, rest) = (words.next().unwrap(), words.next().unwrap(), words.next());
        let (rest, family) = (rest.unwrap().to_owned(), self.families.entry(name.into()));
        let family = family.or_default();
        assert!(family.series.is_empty(), "{comment} comes after its series");
        let place = match word {
            "HELP" => &mut family.help,
            "TYPE" => &mut family.kind,
            _ => panic!("{comment} is neither HELP nor TYPE"),
        };
        assert!(place.replace(rest).is_none(), "{comment} comes twice");
        name.to_owned()
    }

    fn add(&mut self, line: &str) -> String {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = match series.split_once('{') {
            Some((name, labels)) => (name, read_labels(labels.strip_suffix('}').unwrap())),
            None => (series, Labels::new()),
        };
        let value = match value {
            "+Inf" => f64::INFINITY,
            value => value.parse().unwrap_or_else(|_| panic!("{line} has no value")),
        };
        assert!(is_name(name), "{line}");
        let of_histogram = ["_bucket", "_sum", "_count"];
        let base = of_histogram.into_iter().find_map(|suffix| name.strip_suffix(suffix));
        let is_histogram = |base: &&str| {
            let kind = self.families.get(*base).and_then(|family| family.kind.as_deref());
            kind == Some("histogram")
        };
        let family = base.filter(is_histogram).unwrap_or(name).to_owned();
        let rows = self.families.get_mut(&family);
        let rows = rows.unwrap_or_else(|| panic!("{line} is not described"));
        let earlier = rows.series.insert((name.to_owned(), labels), value);
        assert!(earlier.is_none(), "{line} comes twice");
        family
    }

    fn is_finished(&self, family: &str, current: &str) -> bool {
        current != family && self.families.get(family).is_some_and(|it| it.series.len() > 1)
    }
}

impl Family {
    fn check(&self, name: &str) {
        assert!(is_name(name), "{name}");
        assert!(self.help.as_deref().is_some_and(|help| !help.is_empty()), "{name} has no HELP");
        let kind = self.kind.as_deref().unwrap_or_else(|| panic!("{name} has no TYPE"));
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name} is a {kind}");
        match kind {
            "counter" => assert!(self.series.values().all(|value| *value >= 0.0), "{name}"),
            "histogram" => self.check_histogram(name),
            kind => assert_eq!(kind, "gauge", "{name}"),
        }
        assert!(!self.series.is_empty(), "{name} has no series");
    }

    /// Buckets rise, and the last one holds all.
    fn check_histogram(&self, name: &str) {
        let mut buckets: BTreeMap<Labels, Vec<(f64, f64)>> = BTreeMap::new();
        let bucket_name = format!("{name}_bucket");
        for ((series, labels), value) in &self.series {
            assert!(!labels.contains_key("quantile"), "{name} is a summary");
            if *series == bucket_name {
                let mut labels = labels.clone();
                let bound = labels.remove("le").unwrap_or_else(|| panic!("{series} has no le"));
                let bound = if bound == "+Inf" { f64::INFINITY } else { bound.parse().unwrap() };
                buckets.entry(labels).or_default().push((bound, *value));
            }
        }
        for (labels, mut of_series) in buckets {
            of_series.sort_by(|one, other| one.0.total_cmp(&other.0));
            assert!(of_series.is_sorted_by(|one, other| one.1 <= other.1), "{name} {labels:?}");
            let (last, all) = of_series[of_series.len() - 1];
            assert!(last.is_infinite(), "{name} {labels:?}");
            let own = |suffix: &str| self.series.get(&(format!("{name}{suffix}"), labels.clone()));
            assert_eq!(own("_count"), Some(&all), "{name} {labels:?}");
            assert!(own("_sum").is_some(), "{name} {labels:?}");
        }
    }
}

fn read_labels(mut text: &str) -> Labels {
    let mut labels = Labels::new();
    while !text.is_empty() {
        let (label, rest) = text.split_once("=\"").unwrap();
        assert!(is_name(label) && !label.contains(':') && !label.starts_with("__"), "{label}");
        let end = end_of_value(rest);
        let earlier = labels.insert(label.to_owned(), rest[..end].to_owned());
        assert!(earlier.is_none(), "{label} comes twice");
        text = &rest[end + 1..];
        text = text.strip_prefix(',').unwrap_or(text);
    }
    labels
}

/// Where the quote stands that is not escaped.
fn end_of_value(text: &str) -> usize {
    let mut escaped = false;
    let end = text.find(|character| {
        let ends = character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        ends
    });
    end.unwrap_or_else(|| panic!("{text} has no end"))
}

fn is_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':';
    text.bytes().all(is_allowed) && text.bytes().next().is_some_and(|byte| !byte.is_ascii_digit())
}

#[test]
fn the_reader_refuses_pages_that_break_a_rule() {
    let good = "# HELP a_total A.\n# TYPE a_total counter\na_total{b=\"x\\\"}\"} 1\na_total 2\n";
    assert!(Page::read(good).value("a_total", &[("b", "x\\\"}")]) > 0.0);
    let bad = [
        "a 1\n",
        "# HELP a A.\na 1\n",
        "# HELP a A.\n# TYPE a counter\na 1\n",
        "# HELP a A.\n# TYPE a gauge\na 1\na 2\n",
        "# HELP a A.\n# TYPE a gauge\na one\n",
        "# HELP a A.\n# HELP a A.\n# TYPE a gauge\na 1\n",
        "# HELP a-b A.\n# TYPE a-b gauge\na-b 1\n",
        "# HELP a_total A.\n# TYPE a_total counter\na_total -1\n",
        "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_sum 1\na_count 2\n",
    ];
    for page in bad {
        assert!(std::panic::catch_unwind(|| Page::read(page)).is_err(), "{page}");
    }
}
