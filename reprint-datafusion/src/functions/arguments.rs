//! What functions are given: types, coercion, rows.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, ListArray, StringViewArray, UInt64Array,
};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, UInt32Type, UInt64Type};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::ColumnarValue;

/// What an argument may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Argument {
    /// `Utf8`, `LargeUtf8`, `Utf8View`, or a dictionary of one of them.
    Text,
    /// A list of `UInt32`, as `minhash` gives.
    Signature,
    /// `UInt64`, as `simhash` gives.
    Bits,
    /// `Binary`, as `corpus_statistics` gives; one value for all rows.
    Statistics,
    /// `Binary`.
    Key,
    /// A whole number, one for all rows.
    Number,
    /// A number, one for all rows.
    Share,
}

/// The items of a signature.
pub(super) fn item() -> FieldRef {
    Arc::new(Field::new_list_field(DataType::UInt32, false))
}

impl Argument {
    /// The type that a column comes as when it was given as `from`.
    pub(super) fn coerce(self, function: &str, number: usize, from: &DataType) -> Result<DataType> {
        let refuse =
            |wanted: &str| plan_err!("argument {} of {function} is {from}: give {wanted}", number + 1);
        let is_number = from.is_integer() || from.is_null();
        match self {
            Self::Text if is_text(from) => Ok(DataType::Utf8View),
            Self::Text => refuse("a text: Utf8, LargeUtf8, Utf8View or a dictionary of these"),
            Self::Signature if is_signature(from) => Ok(DataType::List(item())),
            Self::Signature => refuse("a list of UInt32, such as minhash gives"),
            Self::Bits if is_number => Ok(DataType::UInt64),
            Self::Bits => refuse("a UInt64, such as simhash gives"),
            Self::Statistics => match from {
                DataType::Null | DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
                    Ok(DataType::LargeBinary)
                }
                _ => refuse("Binary, such as corpus_statistics gives"),
            },
            Self::Key => Ok(DataType::Binary),
            Self::Number if is_number => Ok(DataType::UInt64),
            Self::Number => refuse("a whole number"),
            Self::Share if from.is_numeric() || from.is_null() => Ok(DataType::Float64),
            Self::Share => refuse("a number"),
        }
    }
}

fn is_text(from: &DataType) -> bool {
    match from {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

fn is_signature(from: &DataType) -> bool {
    match from {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::ListView(item)
        | DataType::LargeListView(item) => *item.data_type() == DataType::UInt32,
        DataType::Null => true,
        _ => false,
    }
}

/// The arguments of one call.
pub(super) struct Arguments<'a> {
    pub(super) function: &'static str,
    pub(super) values: &'a [ColumnarValue],
    /// Rows to give: 1 where all arguments are one value for all.
    pub(super) rows: usize,
}

impl Arguments<'_> {
    fn array(&self, number: usize) -> Result<ArrayRef> {
        match self.values.get(number) {
            Some(ColumnarValue::Array(array)) => Ok(Arc::clone(array)),
            Some(ColumnarValue::Scalar(value)) => value.to_array_of_size(1),
            None => exec_err!("{} is called without argument {}", self.function, number + 1),
        }
    }

    fn is_one(&self, number: usize) -> bool {
        matches!(self.values.get(number), Some(ColumnarValue::Scalar(_)))
    }

    /// A column of texts.
    pub(super) fn texts(&self, number: usize) -> Result<Rows<StringViewArray>> {
        Ok(Rows { array: self.array(number)?.as_string_view().clone(), is_one: self.is_one(number) })
    }

    /// A column of signatures.
    pub(super) fn signatures(&self, number: usize) -> Result<Rows<ListArray>> {
        Ok(Rows { array: self.array(number)?.as_list::<i32>().clone(), is_one: self.is_one(number) })
    }

    /// A column of 64 bits each.
    pub(super) fn bits(&self, number: usize) -> Result<Rows<UInt64Array>> {
        let array = self.array(number)?.as_primitive::<UInt64Type>().clone();
        Ok(Rows { array, is_one: self.is_one(number) })
    }

    /// A column of bytes.
    pub(super) fn keys(&self, number: usize) -> Result<Rows<BinaryArray>> {
        let array = self.array(number)?.as_binary::<i32>().clone();
        Ok(Rows { array, is_one: self.is_one(number) })
    }

    /// What is one for all rows; `None` for a null, and where it is not given.
    pub(super) fn one(&self, number: usize) -> Result<Option<&ScalarValue>> {
        match self.values.get(number) {
            None => Ok(None),
            Some(ColumnarValue::Scalar(value)) => Ok(Some(value).filter(|value| !value.is_null())),
            Some(ColumnarValue::Array(_)) => exec_err!(
                "argument {} of {} is a column: give a literal, the same for all rows",
                number + 1,
                self.function
            ),
        }
    }

    /// A whole number, or what it is by default.
    pub(super) fn number(&self, number: usize, default: u64) -> Result<u64> {
        Ok(match self.one(number)? {
            Some(ScalarValue::UInt64(Some(value))) => *value,
            _ => default,
        })
    }

    /// A number, or what it is by default.
    pub(super) fn share(&self, number: usize, default: f64) -> Result<f64> {
        Ok(match self.one(number)? {
            Some(ScalarValue::Float64(Some(value))) => *value,
            _ => default,
        })
    }
}

/// A column, or one value for all rows.
pub(super) struct Rows<A> {
    array: A,
    is_one: bool,
}

impl<A: Array> Rows<A> {
    fn place(&self, row: usize) -> Option<usize> {
        let place = if self.is_one { 0 } else { row };
        self.array.is_valid(place).then_some(place)
    }
}

impl Rows<StringViewArray> {
    pub(super) fn get(&self, row: usize) -> Option<&str> {
        self.place(row).map(|place| self.array.value(place))
    }
}

impl Rows<UInt64Array> {
    pub(super) fn get(&self, row: usize) -> Option<u64> {
        self.place(row).map(|place| self.array.value(place))
    }
}

impl Rows<BinaryArray> {
    pub(super) fn get(&self, row: usize) -> Option<&[u8]> {
        self.place(row).map(|place| self.array.value(place))
    }
}

impl Rows<ListArray> {
    pub(super) fn get(&self, row: usize) -> Option<&[u32]> {
        let place = self.place(row)?;
        let ends = self.array.value_offsets();
        let values = self.array.values().as_primitive::<UInt32Type>();
        values.values().get(ends[place] as usize..ends[place + 1] as usize)
    }
}
