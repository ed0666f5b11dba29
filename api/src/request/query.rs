//! The query part of an address.

use crate::problem::{Code, Problem};

/// The parameters of a query, of which only `known` names may be there, each once.
pub(crate) fn parameters<const N: usize>(
    query: &str,
    known: [&'static str; N],
) -> Result<[Option<String>; N], Problem> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(query).map_err(|_| malformed("The query can't be read."))?;
    let mut values = [const { None }; N];
    for (name, value) in pairs {
        let Some(place) = known.iter().position(|known| *known == name) else {
            let names = if N == 0 { "no parameters".into() } else { known.join(", ") };
            return Err(malformed(format!("A parameter is unknown; this address takes {names}.")));
        };
        if values[place].replace(value).is_some() {
            return Err(malformed(format!("The parameter {name} is there twice.")));
        }
    }
    Ok(values)
}

/// A parameter with a value that is not allowed.
pub(crate) fn malformed(detail: impl Into<std::borrow::Cow<'static, str>>) -> Problem {
    Problem::new(Code::MalformedParameter, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_parameters_are_read_and_all_else_refused() {
        let [a, b] = parameters("b=2%20x", ["a", "b"]).unwrap();
        assert_eq!((a, b.as_deref()), (None, Some("2 x")));
        assert!(parameters("", ["a"]).is_ok());
        assert!(parameters("c=1", ["a"]).is_err());
        assert!(parameters("a=1&a=2", ["a"]).is_err());
    }
}
