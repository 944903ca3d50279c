//! Rows that come out of statements.

use std::{str::FromStr, sync::Arc};

use crate::StoreError;

/// One value of a row, without the database's types.
#[derive(Clone, PartialEq)]
pub(crate) enum Cell {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
}

/// One row of a result, read by column name. Owned: it holds no connection.
#[derive(Clone)]
pub struct Row {
    names: Arc<[String]>,
    cells: Vec<Cell>,
}

impl std::fmt::Debug for Row {
    /// Shows the column names only: values may be secrets or bodies.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Row").field(&self.names).finish()
    }
}

impl Row {
    pub(crate) fn new(names: Arc<[String]>, cells: Vec<Cell>) -> Self {
        Self { names, cells }
    }

    fn cell(&self, name: &str, wanted: &'static str) -> Result<&Cell, StoreError> {
        let position = self.names.iter().position(|have| have == name);
        position.and_then(|position| self.cells.get(position)).ok_or_else(|| mismatch(name, wanted))
    }

    /// A TEXT column, borrowed.
    ///
    /// # Errors
    /// [`StoreError::Column`] when it is absent, NULL or of another type. The same holds for every accessor below, except
    /// that the `opt_` ones give `None` for NULL.
    pub fn str(&self, name: &str) -> Result<&str, StoreError> {
        self.opt_str(name)?.ok_or_else(|| mismatch(name, "text"))
    }

    /// A TEXT column or NULL, borrowed.
    ///
    /// # Errors
    /// See [`Row::str`].
    pub fn opt_str(&self, name: &str) -> Result<Option<&str>, StoreError> {
        match self.cell(name, "text")? {
            Cell::Null => Ok(None),
            Cell::Text(text) => Ok(Some(text)),
            _ => Err(mismatch(name, "text")),
        }
    }

    /// A TEXT column.
    ///
    /// # Errors
    /// See [`Row::str`].
    pub fn text(&self, name: &str) -> Result<String, StoreError> {
        self.str(name).map(str::to_owned)
    }

    /// A TEXT column or NULL.
    ///
    /// # Errors
    /// See [`Row::str`].
    pub fn opt_text(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.opt_str(name)?.map(str::to_owned))
    }

    /// A TEXT column read as a typed id or another type with a text form.
    ///
    /// # Errors
    /// See [`Row::str`]; also when the text does not parse.
    pub fn parse<T: FromStr>(&self, name: &str) -> Result<T, StoreError> {
        self.str(name)?.parse().map_err(|_| mismatch(name, std::any::type_name::<T>()))
    }

    /// Like [`Row::parse`], or NULL.
    ///
    /// # Errors
    /// See [`Row::parse`].
    pub fn opt_parse<T: FromStr>(&self, name: &str) -> Result<Option<T>, StoreError> {
        let Some(text) = self.opt_str(name)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| mismatch(name, std::any::type_name::<T>()))
    }

    /// A BIGINT column, a `count(*)`, or a comparison (0 or 1).
    ///
    /// # Errors
    /// See [`Row::str`].
    pub fn int(&self, name: &str) -> Result<i64, StoreError> {
        self.opt_int(name)?.ok_or_else(|| mismatch(name, "integer"))
    }

    /// A BIGINT column or NULL.
    ///
    /// # Errors
    /// See [`Row::str`].
    pub fn opt_int(&self, name: &str) -> Result<Option<i64>, StoreError> {
        match self.cell(name, "integer")? {
            Cell::Null => Ok(None),
            Cell::Int(int) => Ok(Some(*int)),
            _ => Err(mismatch(name, "integer")),
        }
    }

    /// A flag: BIGINT 0 or 1, or a comparison.
    ///
    /// # Errors
    /// See [`Row::str`].
    pub fn flag(&self, name: &str) -> Result<bool, StoreError> {
        self.int(name).map(|int| int != 0)
    }

    /// A DOUBLE PRECISION column.
    ///
    /// # Errors
    /// See [`Row::str`].
    pub fn real(&self, name: &str) -> Result<f64, StoreError> {
        self.opt_real(name)?.ok_or_else(|| mismatch(name, "real"))
    }

    /// A DOUBLE PRECISION column or NULL.
    ///
    /// # Errors
    /// See [`Row::str`].
    pub fn opt_real(&self, name: &str) -> Result<Option<f64>, StoreError> {
        match self.cell(name, "real")? {
            Cell::Null => Ok(None),
            Cell::Real(real) => Ok(Some(*real)),
            _ => Err(mismatch(name, "real")),
        }
    }

    /// A BYTEA column.
    ///
    /// # Errors
    /// See [`Row::str`].
    pub fn bytes(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        self.opt_bytes(name)?.ok_or_else(|| mismatch(name, "bytes"))
    }

    /// A BYTEA column or NULL.
    ///
    /// # Errors
    /// See [`Row::str`].
    pub fn opt_bytes(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match self.cell(name, "bytes")? {
            Cell::Null => Ok(None),
            Cell::Bytes(bytes) => Ok(Some(bytes.clone())),
            _ => Err(mismatch(name, "bytes")),
        }
    }
}

fn mismatch(name: &str, wanted: &'static str) -> StoreError {
    StoreError::Column { name: name.to_owned(), wanted }
}
