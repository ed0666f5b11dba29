//! Rules that the fault harness switches off, one at a time, to show that it finds out. Only a
//! build with the feature `sabotage` can do so, which is never given out; in any other, every rule
//! holds and this compiles to nothing.

/// A rule that keeps tasks safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// A converter writes only under the last claim.
    Fencing,
    /// A lease that ended lapses.
    Lapse,
    /// A task without a message is published.
    Outbox,
    /// A message is acknowledged once the row says what became of it.
    LateAck,
}

/// Whether the variable `SABOTAGE` switches this rule off.
#[cfg(feature = "sabotage")]
#[must_use]
pub fn is_off(rule: Rule) -> bool {
    let name = match rule {
        Rule::Fencing => "fencing",
        Rule::Lapse => "lapse",
        Rule::Outbox => "outbox",
        Rule::LateAck => "early-ack",
    };
    std::env::var("SABOTAGE").is_ok_and(|off| off == name)
}

/// No rule is ever off.
#[cfg(not(feature = "sabotage"))]
#[must_use]
pub const fn is_off(_rule: Rule) -> bool {
    false
}

/// The statement; with fencing off, one that any earlier claim may run as well.
pub(crate) fn fenced(statement: &'static str) -> &'static str {
    if !is_off(Rule::Fencing) {
        return statement;
    }
    let loose = statement.replace("claim = $3", "claim >= $3");
    loose.replace("claim = held.token", "claim >= held.token").leak()
}
