//! The functions in SQL: what two stories share, and which of a few are copies.

use datafusion::prelude::SessionContext;

#[tokio::main]
async fn main() -> datafusion::error::Result<()> {
    let mut context = SessionContext::new();
    reprint_datafusion::register_all(&mut context)?;
    let stories = "CREATE TABLE stories AS SELECT * FROM (VALUES \
        ('gazette', 'The ferry to the islands will not sail before Monday, the harbour master said on Friday night.'), \
        ('herald', 'NO BOATS. The ferry to the islands will not sail before Monday, the harbour-master said Friday.'), \
        ('post', 'The council voted to close the library on Mill Street, and the mayor promised a new one.') \
        ) AS stories (id, text)";
    context.sql(stories).await?.collect().await?;
    for query in [
        // What a corpus says of rarity and boilerplate goes into each verdict.
        "SELECT a.id, b.id, wire_compare(a.text, b.text, (SELECT corpus_statistics(text) FROM stories)) AS verdict \
         FROM stories a, stories b WHERE a.id < b.id ORDER BY a.id, b.id",
        // The passages of a pair: where they are, and what differs in them.
        "SELECT a.id, b.id, unnest(align(a.text, b.text)) AS passage FROM stories a, stories b WHERE a.id < b.id",
        "SELECT a.id, b.id, hamming(simhash(a.text), simhash(b.text)) AS bits FROM stories a, stories b WHERE a.id < b.id",
    ] {
        context.sql(query).await?.show().await?;
    }
    Ok(())
}
