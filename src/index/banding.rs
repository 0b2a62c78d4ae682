//! How a signature is cut into bands: choose it from the recall you want, and see what it costs.

use std::fmt;

use crate::codec::{Kind, Layout, Reader, Writer};
use crate::error::{Error, Result};

/// A number of bands and a number of rows in each: how a signature is cut up to find candidates.
///
/// A signature of `MinHash` bins is cut into `b` bands of `r` rows each. Two documents are candidates when
/// all rows of at least one band agree. If each bin agrees with probability *j*, the resemblance, this
/// happens with probability
///
/// > P(*j*) = 1 − (1 − *j*ʳ)ᵇ
///
/// (Broder 1997; Leskovec, Rajaraman, Ullman, *Mining of Massive Datasets*, section 3.4): an S-shaped
/// curve, low for unrelated documents and high for copies. [`Banding::for_recall`] takes the threshold
/// and the recall wanted there and picks `b` and `r`; [`Banding::new`] takes them as they are.
///
/// The formula is exact for classic `MinHash`, whose bins are independent. The bins of Fast Similarity
/// Sketching agree with the same probability each, but fewer pairs stray far from the expected number
/// of agreeing bins, so that a little more is found than promised: in 20,000 pairs at each of ten settings
/// with a recall of 0.9 or a little more (thresholds 0.25, 0.5 and 0.8, unions of 4 to 500 shingles),
/// between 0.1 points less and 1.2 points more than the formula says, where classic `MinHash` kept within
/// 0.4 points of it.
///
/// ```
/// use reprint::index::Banding;
///
/// // Nine in ten of the pairs with resemblance 0.8 or more, from signatures of 128 bins.
/// let banding = Banding::for_recall(0.8, 0.9, 128)?;
/// assert_eq!(banding.to_string(), "13 bands of 8 rows");
/// assert!(banding.probability(0.8) >= 0.9);
/// assert!(banding.probability(0.3) < 0.001);
/// # Ok::<(), reprint::Error>(())
/// ```
///
/// # Why no weighted error is minimised
///
/// The optimiser that many libraries share picks the bands and rows with the least sum of two areas: that
/// under the curve below the threshold, and that above the curve beyond it. Both areas count all
/// resemblances alike, so the pairs *at* the threshold are given up whenever that makes the areas
/// balance: with 128 bins and thresholds of 0.3 to 0.95 such a choice finds a pair at its own threshold
/// with probability 0.31 to 0.64. Here the recall at the threshold is given, and kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Raw"))]
pub struct Banding {
    bands: u32,
    rows: u32,
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(rename = "Banding")]
struct Raw {
    bands: u32,
    rows: u32,
}

#[cfg(feature = "serde")]
impl TryFrom<Raw> for Banding {
    type Error = Error;

    fn try_from(raw: Raw) -> Result<Self> {
        Self::new(raw.bands as usize, raw.rows as usize)
    }
}

impl Banding {
    /// The most bins that bands may take up together.
    pub const MAX_BINS: usize = 1 << 16;

    /// `bands` bands of `rows` rows, which take up `bands` × `rows` bins.
    ///
    /// ```
    /// use reprint::index::Banding;
    ///
    /// assert_eq!(Banding::new(16, 8)?.bins(), 128);
    /// assert!(Banding::new(16, 0).is_err());
    /// # Ok::<(), reprint::Error>(())
    /// ```
    ///
    /// # Errors
    /// When either is 0, or their product is above [`Banding::MAX_BINS`].
    pub fn new(bands: usize, rows: usize) -> Result<Self> {
        if bands == 0 {
            return Err(Error::parameter("bands", bands, "give at least one band"));
        }
        if rows == 0 {
            return Err(Error::parameter("rows", rows, "give each band at least one row"));
        }
        if bands.checked_mul(rows).is_none_or(|bins| bins > Self::MAX_BINS) {
            let given = format!("{bands} × {rows}");
            return Err(Error::parameter("bands × rows", given, "their product may be at most 65536"));
        }
        Ok(Self { bands: bands as u32, rows: rows as u32 })
    }

    /// The banding that finds pairs at `threshold` with at least the probability `recall`, fits into
    /// signatures of `bins` bins, and lets the fewest other pairs through.
    ///
    /// Every number of rows is tried with the fewest bands that reach the recall. Of these the one with
    /// the least [area below the threshold](Banding::area_below) is taken, and of equals the one with
    /// fewest bins. The measure decides little: at equal recall more rows lower the curve everywhere
    /// below the threshold, so it only weighs how far a whole number of bands overshoots the recall.
    ///
    /// The answer may leave bins unused: more bands than the recall needs would cost memory and false
    /// candidates. Use [`Banding::new`] to spend all of them. Time O(`bins` · log `bins`); the same on
    /// every machine, since only IEEE additions, multiplications and divisions enter.
    ///
    /// ```
    /// use reprint::index::Banding;
    ///
    /// let banding = Banding::for_recall(0.5, 0.95, 128)?;
    /// assert!(banding.bins() <= 128 && banding.probability(0.5) >= 0.95);
    /// // A pair at 0.05 agrees in 1 of 20 bins: 16 bins cannot find it 99 times in 100.
    /// let error = Banding::for_recall(0.05, 0.99, 16).unwrap_err();
    /// assert!(error.to_string().contains("more bins"));
    /// # Ok::<(), reprint::Error>(())
    /// ```
    ///
    /// # Errors
    /// When `threshold` is outside (0, 1], `recall` outside (0, 1), `bins` outside 1 to
    /// [`Banding::MAX_BINS`], or when no bands and rows of so many bins reach the recall.
    pub fn for_recall(threshold: f64, recall: f64, bins: usize) -> Result<Self> {
        Self::choices(threshold, recall, bins)?
            .into_iter()
            .min_by(|x, y| {
                let areas = x.area_below(threshold).total_cmp(&y.area_below(threshold));
                areas.then(x.bins().cmp(&y.bins()))
            })
            .ok_or_else(|| {
                let best = Self { bands: bins as u32, rows: 1 }.probability(threshold);
                let given =
                    format!("{recall} (at threshold {threshold}, {bins} bins reach at most {best:.3})");
                Error::parameter("recall", given, "give more bins, lower the recall or raise the threshold")
            })
    }

    /// For every number of rows that can reach `recall` at `threshold` within `bins` bins, the fewest
    /// bands that do, rows ascending: what [`Banding::for_recall`] chooses from. Empty when there is none.
    ///
    /// ```
    /// use reprint::index::Banding;
    ///
    /// for choice in Banding::choices(0.8, 0.9, 128)? {
    ///     assert!(choice.probability(0.8) >= 0.9 && choice.bins() <= 128);
    /// }
    /// # Ok::<(), reprint::Error>(())
    /// ```
    ///
    /// # Errors
    /// When `threshold` is outside (0, 1], `recall` outside (0, 1) or `bins` outside 1 to
    /// [`Banding::MAX_BINS`].
    pub fn choices(threshold: f64, recall: f64, bins: usize) -> Result<Vec<Self>> {
        check_threshold(threshold)?;
        if !(recall > 0.0 && recall < 1.0) {
            let remedy = "give a probability above 0 and below 1, such as 0.95";
            return Err(Error::parameter("recall", recall, remedy));
        }
        if bins == 0 || bins > Self::MAX_BINS {
            return Err(Error::parameter("bins", bins, "give 1 to 65536 bins"));
        }
        let fewest_bands = |rows: usize| {
            let agree = power(threshold, rows as u32);
            let (mut few, mut enough) = (0, bins / rows);
            if any_of(agree, enough as u32) < recall {
                return None;
            }
            // `few` bands are too few, `enough` are enough.
            while enough - few > 1 {
                let middle = few.midpoint(enough);
                if any_of(agree, middle as u32) < recall { few = middle } else { enough = middle }
            }
            Some(Self { bands: enough as u32, rows: rows as u32 })
        };
        Ok((1..=bins).filter_map(fewest_bands).collect())
    }

    /// The number of bands, `b`.
    pub fn bands(self) -> usize {
        self.bands as usize
    }

    /// The number of rows in each band, `r`.
    pub fn rows(self) -> usize {
        self.rows as usize
    }

    /// The number of bins that the bands take up, `b` · `r`: the first so many of the signature.
    pub fn bins(self) -> usize {
        self.bands() * self.rows()
    }

    /// P(*j*) = 1 − (1 − *j*ʳ)ᵇ, the probability that a pair of this resemblance becomes a candidate.
    ///
    /// Never falls, but for rounding, as the resemblance grows. A resemblance outside \[0, 1\] counts as the
    /// nearer end; NaN gives NaN. The relative error is below 10⁻¹³ however small the probability, since no
    /// difference is taken. O(log `b` + log `r`).
    ///
    /// ```
    /// use reprint::index::Banding;
    ///
    /// let banding = Banding::new(20, 5)?;
    /// assert_eq!(format!("{:.4}", banding.probability(0.8)), "0.9996");
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn probability(self, resemblance: f64) -> f64 {
        any_of(power(resemblance.clamp(0.0, 1.0), self.rows), self.bands)
    }

    /// The resemblance at which a pair becomes a candidate with this probability: the inverse of
    /// [`Banding::probability`].
    ///
    /// A probability outside \[0, 1\] counts as the nearer end; NaN gives NaN. Found by bisection, to the
    /// last bit that `probability` can tell apart.
    ///
    /// ```
    /// use reprint::index::Banding;
    ///
    /// let banding = Banding::new(16, 8)?;
    /// assert_eq!(format!("{:.3}", banding.resemblance_at(0.5)), "0.674");
    /// assert_eq!(format!("{:.3}", banding.resemblance_at(0.99)), "0.841");
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn resemblance_at(self, probability: f64) -> f64 {
        if probability.is_nan() {
            return f64::NAN;
        }
        if probability <= 0.0 {
            return 0.0;
        }
        if probability >= 1.0 {
            return 1.0;
        }
        let (mut low, mut high) = (0.0_f64, 1.0_f64);
        loop {
            let middle = low.midpoint(high);
            if middle <= low || middle >= high {
                return high;
            }
            if self.probability(middle) < probability { low = middle } else { high = middle }
        }
    }

    /// The area under the curve between resemblance 0 and `threshold`: the probability that a pair
    /// becomes a candidate, summed over resemblances below the threshold as if all were equally frequent.
    ///
    /// A threshold outside \[0, 1\] counts as the nearer end; NaN gives NaN. Integration by parts gives
    /// `F(0) = 0, F(b) = (t·P(b, t) + b·r·F(b − 1)) / (1 + b·r)`, which is summed here: O(`b`), no
    /// numerical integration, and no difference is taken.
    ///
    /// ```
    /// use reprint::index::Banding;
    ///
    /// // One band of one row is the diagonal: half of the square of side 0.8.
    /// assert!((Banding::new(1, 1)?.area_below(0.8) - 0.32).abs() < 1e-15);
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn area_below(self, threshold: f64) -> f64 {
        let t = threshold.clamp(0.0, 1.0);
        let agree = power(t, self.rows);
        let (mut area, mut found) = (0.0, 0.0);
        for band in 1..=self.bands {
            found += agree * (1.0 - found);
            let rows = f64::from(band) * f64::from(self.rows);
            area = (t * found + rows * area) / (1.0 + rows);
        }
        area
    }

    /// How many of the given pairs are expected to become candidates: Σ pairs · P(resemblance).
    ///
    /// Each item is a resemblance and a number of pairs that have it, such as a histogram over a sample
    /// of your own documents, scaled up. Pairs below the threshold give the false candidates, those at or
    /// above it the copies found.
    ///
    /// ```
    /// use reprint::index::Banding;
    ///
    /// let banding = Banding::new(16, 8)?;
    /// let unlike = [(0.05, 1e9), (0.3, 20_000.0), (0.6, 1_000.0)];
    /// assert_eq!(banding.expected_candidates(unlike).round(), 259.0);
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn expected_candidates(self, histogram: impl IntoIterator<Item = (f64, f64)>) -> f64 {
        histogram.into_iter().map(|(resemblance, pairs)| pairs * self.probability(resemblance)).sum()
    }

    /// How many false candidates, pairs below `threshold`, to expect among `documents` documents whose
    /// resemblances follow `model`.
    ///
    /// Divide by `documents` for those per document. A figure to plan with: it is as good as the model. O(`b`
    /// + `r` · log `b`).
    ///
    /// ```
    /// use reprint::index::{Banding, ResemblanceModel};
    ///
    /// let model = ResemblanceModel::default();
    /// let steep = Banding::new(16, 8)?.expected_false_candidates(0.8, 1_000_000, model);
    /// let flat = Banding::new(64, 2)?.expected_false_candidates(0.8, 1_000_000, model);
    /// assert!(2.0 * steep < flat);
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn expected_false_candidates(self, threshold: f64, documents: usize, model: ResemblanceModel) -> f64 {
        let t = threshold.clamp(0.0, 1.0);
        let n = documents as f64;
        let pairs = n * (n - 1.0).max(0.0) / 2.0;
        let related = if t > 0.0 { self.area_below(t) / t } else { 0.0 };
        let share = model.related_share;
        pairs * (share * related + (1.0 - share) * self.exponential_mean_below(t, model.unrelated_mean))
    }

    /// E\[P(J); J < t\] for an exponential J of this mean, by Simpson's rule.
    fn exponential_mean_below(self, t: f64, mean: f64) -> f64 {
        if mean <= 0.0 {
            return 0.0;
        }
        // P(x) ≤ b·xʳ, so that the integrand peaks near x = r·mean; beyond 4r + 40 means less than e⁻⁴⁰
        // times what lies before is left. Sixteen steps a mean are exact to 10⁻⁶.
        let means = (t / mean).min(40.0 + 4.0 * f64::from(self.rows));
        let steps = 2 * (8.0 * means).ceil().max(32.0) as usize;
        let width = means / steps as f64;
        let value = |step: usize| {
            let x = width * step as f64;
            libm::exp(-x) * self.probability(x * mean)
        };
        let inner = |first: usize| (first..steps).step_by(2).map(value).sum::<f64>();
        (value(0) + 4.0 * inner(1) + 2.0 * inner(2) + value(steps)) * width / 3.0
    }
}

/// Two `u32`: bands, then rows.
impl Layout for Banding {
    const KIND: Kind = Kind::Banding;
    const VERSION: u16 = 1;

    fn write(&self, out: &mut Writer<'_>) {
        out.u32(self.bands);
        out.u32(self.rows);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let (bands, rows) = (from.u32()?, from.u32()?);
        Self::new(bands as usize, rows as usize).map_err(|error| from.broken(error))
    }
}

impl fmt::Display for Banding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |n: u32| if n == 1 { "" } else { "s" };
        let Self { bands, rows } = *self;
        write!(f, "{bands} band{} of {rows} row{}", plural(bands), plural(rows))
    }
}

/// How the resemblances of a collection's pairs that are no copies are spread: a mixture of two kinds.
///
/// *Unrelated* pairs share shingles by chance; their resemblance is exponential about a small mean.
/// *Related* pairs (same event, same template, running story) have any resemblance below the threshold,
/// all equally likely. In 1,000 English news stories (499,500 pairs) word 3-grams showed a mean of 0.0012 and
/// word 5-grams one of 0.0001; between 0.1 and 0.8, far beyond chance, lay 0.0001 of the pairs of
/// either, spread about evenly. The default is 0.001 and 0.0001. A large and mixed collection has a smaller
/// share of related pairs: count them in a sample of yours.
///
/// ```
/// use reprint::index::ResemblanceModel;
///
/// let model = ResemblanceModel::new(0.0001, 0.00005)?;
/// assert_eq!(model.unrelated_mean(), 0.0001);
/// assert!(ResemblanceModel::new(0.5, 2.0).is_err());
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResemblanceModel {
    unrelated_mean: f64,
    related_share: f64,
}

impl ResemblanceModel {
    /// From the mean resemblance of unrelated pairs and the share of related pairs among all, both in
    /// \[0, 1\].
    ///
    /// # Errors
    /// When either is outside its range.
    pub fn new(unrelated_mean: f64, related_share: f64) -> Result<Self> {
        let remedy = "give a number from 0 to 1";
        for (name, given) in [("unrelated_mean", unrelated_mean), ("related_share", related_share)] {
            if !(0.0..=1.0).contains(&given) {
                return Err(Error::parameter(name, given, remedy));
            }
        }
        Ok(Self { unrelated_mean, related_share })
    }

    /// The mean resemblance of unrelated pairs.
    pub fn unrelated_mean(self) -> f64 {
        self.unrelated_mean
    }

    /// The share of related pairs among all pairs.
    pub fn related_share(self) -> f64 {
        self.related_share
    }
}

impl Default for ResemblanceModel {
    fn default() -> Self {
        Self { unrelated_mean: 0.001, related_share: 0.0001 }
    }
}

fn check_threshold(threshold: f64) -> Result<()> {
    if threshold > 0.0 && threshold <= 1.0 {
        return Ok(());
    }
    Err(Error::parameter("threshold", threshold, "give a resemblance above 0 and at most 1"))
}

/// `x` to the power `n` by squaring: unlike `powi` and `powf`, the same bits on every machine.
fn power(x: f64, n: u32) -> f64 {
    let (mut result, mut square, mut n) = (1.0, x, n);
    while n > 0 {
        if n & 1 == 1 {
            result *= square;
        }
        square *= square;
        n >>= 1;
    }
    result
}

/// 1 − (1 − q)ⁿ, the probability that one of `n` independent events of probability `q` happens.
///
/// Built from Q(2m) = Q(m)·(2 − Q(m)) and Q(m + 1) = Q(m) + q·(1 − Q(m)): products and sums of
/// positive numbers, so that a small probability keeps all its digits.
fn any_of(q: f64, n: u32) -> f64 {
    let mut any = 0.0;
    for bit in (0..u32::BITS - n.leading_zeros()).rev() {
        any *= 2.0 - any;
        if (n >> bit) & 1 == 1 {
            any += q * (1.0 - any);
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The area below `t` by the trapezoidal rule over the textbook formula.
    fn area(banding: Banding, t: f64) -> f64 {
        let p = |x: f64| 1.0 - (1.0 - x.powf(banding.rows() as f64)).powf(banding.bands() as f64);
        let width = t / 2000.0;
        let inner: f64 = (1..2000).map(|i| p(width * f64::from(i))).sum();
        (inner + 0.5 * p(t)) * width
    }

    #[test]
    fn probability_is_the_textbook_formula() {
        for (bands, rows) in [(1, 1), (16, 8), (20, 5), (128, 1), (1, 128), (7, 13)] {
            let banding = Banding::new(bands, rows).unwrap();
            for i in 0..=100 {
                let j = f64::from(i) / 100.0;
                let plain = 1.0 - (1.0 - j.powf(rows as f64)).powf(bands as f64);
                assert!((banding.probability(j) - plain).abs() < 1e-14, "{banding} at {j}");
            }
        }
        // Where the textbook formula has lost every digit: b·jʳ.
        let tiny = Banding::new(16, 8).unwrap().probability(0.001);
        assert!((tiny / 16e-24 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn area_is_the_integral() {
        for (bands, rows, t) in [(16, 8, 0.8), (64, 2, 0.3), (1, 128, 0.99), (128, 1, 0.5)] {
            let banding = Banding::new(bands, rows).unwrap();
            let (exact, summed) = (banding.area_below(t), area(banding, t));
            assert!((exact - summed).abs() < 1e-5, "{banding} below {t}: {exact} and {summed}");
        }
    }

    #[test]
    fn exponential_mean_has_a_closed_form_for_one_band() {
        // E[Jʳ] = r!·meanʳ, where the cut at the threshold is out of reach.
        for (rows, factorial) in [(1, 1.0), (2, 2.0), (4, 24.0), (8, 40320.0)] {
            let mean = 0.01_f64;
            let exact = factorial * mean.powf(rows as f64);
            let found = Banding::new(1, rows).unwrap().exponential_mean_below(1.0, mean);
            assert!((found / exact - 1.0).abs() < 1e-5, "{rows} rows: {found} and {exact}");
        }
    }

    #[test]
    fn the_choice_is_the_best_of_all() {
        for (t, recall, bins) in [(0.8, 0.9, 128), (0.5, 0.95, 128), (0.3, 0.8, 64), (1.0, 0.9, 32)] {
            let chosen = Banding::for_recall(t, recall, bins).unwrap();
            assert!(chosen.probability(t) >= recall && chosen.bins() <= bins);
            for rows in 1..=bins {
                for bands in 1..=bins / rows {
                    let other = Banding::new(bands, rows).unwrap();
                    if other.probability(t) >= recall {
                        let (ours, theirs) = (chosen.area_below(t), other.area_below(t));
                        assert!(ours < theirs || (ours <= theirs && chosen.bins() <= other.bins()));
                    }
                }
            }
        }
    }

    #[test]
    fn the_least_sum_of_areas_gives_up_its_own_threshold() {
        // The claim in the documentation of `Banding`.
        let mut found = Vec::new();
        for t in [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95] {
            let least = (1..=128)
                .flat_map(|rows| (1..=128 / rows).map(move |bands| Banding::new(bands, rows).unwrap()))
                .min_by(|x, y| {
                    let sum = |z: Banding| {
                        let whole = z.area_below(1.0) - z.area_below(t);
                        z.area_below(t) + (1.0 - t - whole)
                    };
                    sum(*x).total_cmp(&sum(*y))
                });
            found.push(least.unwrap().probability(t));
        }
        let (low, high) = found.iter().fold((1.0_f64, 0.0_f64), |(l, h), &p| (l.min(p), h.max(p)));
        assert_eq!(format!("{low:.2} {high:.2}"), "0.31 0.64", "{found:?}");
    }

    #[test]
    fn errors_name_the_value_and_the_remedy() {
        let text = |result: Result<Banding>| result.unwrap_err().to_string();
        assert!(text(Banding::new(0, 8)).contains("bands is 0"));
        assert!(text(Banding::new(8, 0)).contains("rows is 0"));
        assert!(text(Banding::new(usize::MAX, 2)).contains("65536"));
        assert!(text(Banding::for_recall(f64::NAN, 0.9, 128)).contains("threshold is NaN"));
        assert!(text(Banding::for_recall(0.8, 1.0, 128)).contains("recall is 1"));
        assert!(text(Banding::for_recall(0.8, 0.9, 0)).contains("bins is 0"));
        assert!(text(Banding::for_recall(0.05, 0.99, 16)).contains("reach at most 0.560"));
    }
}
