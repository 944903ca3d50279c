//! Values that go into statements.

use uuid::Uuid;

/// One argument of a statement. Typed even when it is NULL: PostgreSQL refuses a NULL text where a number belongs.
///
/// Columns are TEXT, BIGINT (also instants in microseconds UTC, and flags as 0 and 1), DOUBLE PRECISION and BYTEA only.
/// A NUL character inside a text is stored as U+FFFD, because PostgreSQL has no place for it.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// TEXT.
    Text(Option<String>),
    /// BIGINT.
    Int(Option<i64>),
    /// DOUBLE PRECISION.
    Real(Option<f64>),
    /// BYTEA.
    Bytes(Option<Vec<u8>>),
}

impl std::fmt::Debug for Value {
    /// Shows the type only: arguments may be secrets or bodies.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text",
            Self::Int(_) => "Int",
            Self::Real(_) => "Real",
            Self::Bytes(_) => "Bytes",
        })
    }
}

macro_rules! values {
    ($($variant:ident: $type:ty, |$value:ident| $convert:expr;)*) => {$(
        impl From<$type> for Value {
            fn from($value: $type) -> Self {
                Self::$variant(Some($convert))
            }
        }

        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                Self::$variant(value.map(|$value| $convert))
            }
        }
    )*};
}

values! {
    Text: String, |value| value;
    Text: &str, |value| value.to_owned();
    Text: &String, |value| value.clone();
    Text: Uuid, |value| value.hyphenated().to_string();
    Int: i64, |value| value;
    Int: i32, |value| i64::from(value);
    Int: u32, |value| i64::from(value);
    Int: u16, |value| i64::from(value);
    Int: u8, |value| i64::from(value);
    Int: bool, |value| i64::from(value);
    Real: f64, |value| value;
    Bytes: Vec<u8>, |value| value;
    Bytes: &[u8], |value| value.to_vec();
}

impl Value {
    pub(crate) fn size_bytes(&self) -> usize {
        match self {
            Self::Text(value) => value.as_ref().map_or(0, String::len),
            Self::Bytes(value) => value.as_ref().map_or(0, Vec::len),
            Self::Int(_) | Self::Real(_) => 8,
        }
    }
}

/// The arguments of one statement, in the order of `$1`, `$2`, …; made by [`args!`](crate::args).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Args(Vec<Value>);

impl Args {
    /// No arguments.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds the next argument and tells its number, for statements that are assembled.
    pub fn push(&mut self, value: impl Into<Value>) -> usize {
        self.0.push(value.into());
        self.0.len()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The values in order.
    pub fn values(&self) -> &[Value] {
        &self.0
    }

    pub(crate) fn size_bytes(&self) -> usize {
        self.0.iter().map(Value::size_bytes).sum()
    }
}

impl From<Vec<Value>> for Args {
    fn from(values: Vec<Value>) -> Self {
        Self(values)
    }
}

/// Arguments of a statement: `args![tenant.uuid(), name, None::<i64>]`. Each is anything that [`Value`] is made from.
#[macro_export]
macro_rules! args {
    () => { $crate::Args::new() };
    ($($value:expr),+ $(,)?) => { $crate::Args::from(::std::vec![$($crate::Value::from($value)),+]) };
}
