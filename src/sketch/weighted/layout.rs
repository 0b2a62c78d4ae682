//! The stored forms of weighted signatures and their parameters.

use super::{Measure, WeightedParams, WeightedSignature, WeightedSignatures, check_bins};
use crate::Result;
use crate::codec::{Kind, Layout, Reader, Writer};
use crate::hash::FORMAT_VERSION;

/// The measure (`u8`: 0 weighted Jaccard, 1 probability Jaccard), bins (`u32`), seed (`u64`), format version
/// (`u32`).
impl Layout for WeightedParams {
    const KIND: Kind = Kind::WeightedParams;
    const VERSION: u16 = 1;

    fn write(&self, out: &mut Writer<'_>) {
        out.u8(match self.measure {
            Measure::WeightedJaccard => 0,
            Measure::ProbabilityJaccard => 1,
        });
        out.u32(self.bins);
        out.u64(self.seed);
        out.format_version();
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let measure = match from.u8()? {
            0 => Measure::WeightedJaccard,
            1 => Measure::ProbabilityJaccard,
            other => return Err(from.broken(format_args!("there is no measure {other}"))),
        };
        let (bins, seed) = (from.u32()?, from.u64()?);
        from.format_version()?;
        check_bins(bins as usize).map_err(|error| from.broken(error))?;
        Ok(Self { measure, bins, seed, version: FORMAT_VERSION })
    }
}

/// The parameters, then a list of the values (`u32`), one a bin.
impl Layout for WeightedSignature {
    const KIND: Kind = Kind::WeightedSignature;
    const VERSION: u16 = 1;

    fn write(&self, out: &mut Writer<'_>) {
        out.value(&self.params);
        out.u32s(&self.values);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let WeightedSignatures { params, values } = from.value()?;
        from.check(values.len() == params.bins(), "it has not one value a bin")?;
        Ok(Self { params, values })
    }
}

/// The parameters, then a list of the values (`u32`), row after row.
impl Layout for WeightedSignatures {
    const KIND: Kind = Kind::WeightedSignatures;
    const VERSION: u16 = 1;

    fn write(&self, out: &mut Writer<'_>) {
        out.value(&self.params);
        out.u32s(&self.values);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let (params, values) = (from.value()?, from.u32s()?);
        Self::from_values(params, values).map_err(|error| from.broken(error))
    }
}
