//! From a table of texts to documents by number: by content, each text once.

use std::fmt::Write;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::common::{DataFusionError, Result, exec_err, plan_err};
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{cast, ident};

use super::Options;
use crate::Run;
use crate::walk::{RANGE_BITS, Rows, Walk};

/// What every plan begins with: the stage `texts`, and two views of it.
///
/// - `documents` `(place, id, is_place, bytes)`: every document. Places are numbered by the key, the hash
///   of the text: the same for the same texts, in whatever order and files they come. Documents of one text
///   share a place, but those that are blank.
/// - `places` `(place, text)`: the texts that are not blank.
///
/// The order of the keys is cut into ranges, which tasks number side by side; where each range begins follows
/// from how many places the ranges before it have.
pub(super) async fn documents(run: &Run, table: DataFrame, options: &Options) -> Result<()> {
    for column in [&options.id, &options.text] {
        if table.schema().field_with_unqualified_name(column).is_err() {
            let names: Vec<String> =
                table.schema().fields().iter().map(|field| field.name().clone()).collect();
            return plan_err!("there is no column {column:?}: name one of {}", names.join(", "));
        }
    }
    let texts = run.stage("texts", async {
        let text = cast(ident(&options.text), DataType::Utf8);
        let (key, is_blank) = (function(run, "reprint_key")?, function(run, "reprint_is_blank")?);
        let columns = vec![
            key.call(vec![text.clone()]).alias("key"),
            ident(&options.id).alias("id"),
            text.clone().alias("text"),
            is_blank.call(vec![text]).alias("blank"),
        ];
        Walk::Texts.over(Walk::Copies.over(table.select(columns)?)?)
    });
    texts.await?;
    let starts = starts_of_ranges(run).await?;
    let place = format!("reprint_place(\"range\", number, X'{starts}') AS place");
    run.view("documents", &format!("SELECT {place}, id, is_place, bytes FROM {{texts}}"));
    run.view("places", &format!("SELECT {place}, text FROM {{texts}} WHERE text IS NOT NULL"));
    check_ids(run).await
}

/// The number of the first place of each range, as `reprint_place` reads them, in hexadecimal digits.
async fn starts_of_ranges(run: &Run) -> Result<String> {
    let counted = "SELECT \"range\", max(number) AS last FROM {texts} GROUP BY \"range\"";
    let mut places = vec![0; 1 << RANGE_BITS];
    for rows in run.query(counted).await?.collect().await? {
        let rows = Rows(&rows);
        for (&range, &last) in rows.u64s(0)?.values().iter().zip(rows.u64s(1)?.values()) {
            places[range as usize] = last + 1;
        }
    }
    let (mut starts, mut start) = (String::new(), 0_u64);
    for of_range in places {
        // The lowest byte first.
        write!(starts, "{:016x}", start.swap_bytes())
            .map_err(|error| DataFusionError::External(Box::new(error)))?;
        start += of_range;
    }
    Ok(starts)
}

/// Each document has an id of its own.
async fn check_ids(run: &Run) -> Result<()> {
    let twice = "SELECT id, count(*) AS documents FROM {documents} GROUP BY id \
                 HAVING count(*) > 1 OR id IS NULL LIMIT 1";
    for rows in run.query(twice).await?.collect().await? {
        if rows.num_rows() > 0 {
            let id = array_value_to_string(rows.column(0), 0)?;
            if rows.column(0).is_null(0) {
                return exec_err!("a document has no id: give each one, or name another column of ids");
            }
            return exec_err!(
                "the id {id} is given to {} documents: ids must be unique, so name another column",
                rows.column(1).as_primitive::<datafusion::arrow::datatypes::Int64Type>().value(0)
            );
        }
    }
    Ok(())
}

/// A function of the session's.
pub(super) fn function(run: &Run, name: &str) -> Result<std::sync::Arc<datafusion::logical_expr::ScalarUDF>> {
    datafusion::logical_expr::registry::FunctionRegistry::udf(run.context(), name)
}
