// Made by tools/unicode: do not edit.

/// The version of Unicode of these tables.
pub(super) const VERSION: (u8, u8, u8) = (17, 0, 0);

/// The properties that characters have together, by the first that has them.
#[rustfmt::skip]
pub(super) const KINDS: [u16; 33] = [
    0x000, 0x100, 0x102, 0x103, 0x101, 0x112, 0x00c, 0x00b, 0x00f, 0x00d, 0x030, 0x00e, 0x06a, 0x011,
    0x200, 0x006, 0x020, 0x00a, 0x084, 0x0e4, 0x400, 0x069, 0x010, 0x060, 0x004, 0x005, 0x111, 0x26a,
    0x068, 0x008, 0x064, 0x600, 0x007,
];

/// The number of runs of characters with equal properties.
pub(super) const COUNT: usize = 2742;

/// The runs, from character 0 on: the number of each one's kind as a letter (A to Z and g to z), and its
/// length in hexadecimal digits where that is not 1.
#[rustfmt::skip]
pub(super) const RUNS: &[u8] = b"\
    A9BCD2EA12FAGA4HA4IAJAKaLIA5M1aA4NAM1aAaDA1aBA8OMA2POA3Q2AMALRQMAQ3AM17AM1fAM1caR4McR6A6R2M5R7MRMR11S45T\
    S1dTdM5AM2U2M4IMU4A2MLM3UMUM14UM53AM8bAS7Ma6UM26U2MR3ARLM29IRU2A3US1fTeATAT2AT2ATU8V1bU4V4RLUbW6A6I2A2Tb\
    APA3M2bTdST7KaAWIAM2TM63AMT7WAS2T4M2T2AS3TM2KaM3A2MAeURMTM1eT10SbU2M59TbMUeKaM21S9M2A2IAMU2SA2M16T2S2MT9\
    MT3MT4SU2AfUM19S3U2AUMbU5M18AM7W2U5TS8M2aSaTcS2WT7S6T14M36T2SMTfST2MS4T3MaT2A2KaAM10T3UM8U2M2U2M16UM7UM\
    U3M4U2SMT7U2T2U2T2SMU8TU4M2UM3T2U2KaM2A2Q6A2MASU2T3UM6U4M2U2M16UM7UM2UM2UM2U2SUT5U4T2U2T2SU3TU7M4UMU7Ka\
    T2M3TAUaT3UM9UM3UM16UM7UM2UM5U2SMT8UT3UT2SU2MUfM2T2U2KaA2U7MT3S3UT3UM8U2M2U2M16UM7UM2UM5U2SMT7U2T2U2T2S\
    U7ST2U4M2UM3T2U2KaAMQ6UaTMUM6U3M3UM4U3M2UMUM2U3M2U3M3U3McU4T5U3T3UT3SU2MU6TUeKaQ3A8U5T5M8UM3UM17UM10U2SM\
    T7UT3UT3SU7T2UM3UM2U2M2T2U2KaU7AQ7AMT3AM8UM3UM17UMaUM5U2SMT7UT3UT3SU7T2U5M3UM2T2U2KaUM2TUcT4M9UM3UM29S2M\
    T7UT3UT3SMAU4M3TQ7M3T2U2KaQ9AM6UT3UM12U3M18UM9UMU2M7U3SU4T6UTUT8U6KaU2T2AUcX30TX2T7U4AX7S6TSAKaA2U25X2UX\
    UX5UX18UXUXaTX2T6ST2XU2X5UXUS5TSUKaU2X4U20MA17S2A6KaQaASASASA4S2M8UM24U4T13SAS2M5TbUT24UA8SA6UAdU25X2bTc\
    STS2T4XKaA6X6T4X4T3XT3X2T7X3T4XdTcXTKaT4A2M26UMU5MU2M2bAM14dUM4U2M7UMUM4U2M29UM4U2M21UM4U2M7UMUM4U2MfU\
    M39UM4U2M43U2S3A9Q14U3M10AaU6M56U2M6U2AM26cA2M11FM1aA2U3M4bA3MbU7M12T2S2U9M13T2SA2U9M12T2UcMdUM3UT2UcX34\
    S2T13SbA3XA4XSU2KaU6QaU6AbS3PSKaU6M59U7M5T2M22TMU5M46UaM1fUTcU4T9S3U4AU3A2KaX1eU2X5UbX2cU4X1aU6KbU3A22\
    M17T5U2A2X35TaUST14S8U2SKaU6KaU6A7XA6U2SfT2SbT3SfU2ScU14T5M2fSTfSM8UA2KaA11S9AcT3M1eT9S2T2M2KaM2cSTbS2U8\
    A4M24T13SU3A5KaU3M3KaM24A2MbU5M2bU2M3A8U8S3AS15M4SM6SM2S3MU5Mc0S13T22SbM116U2M6U2M26U2M6U2M8UMUMUMUM1fU2\
    M35UM7AMA3M3UM7A3M4U2M6UA3MdA3U2M3UM7A2UF7BF3AYZP2A8J2AaJA2LD2P5gAcOA2N2A3IA4OAaNAaFP5UPaQMU2Q6A5MQaA5U\
    MdU3A22UeS21UfA2MA4MA2MaAMA3M5A4OAMAMAMAM4AMahA2M4A5M5A4MAQ10M29QA2U4A4O6AfO2A16fO2AcOAa6OA19ObA4O3A2f\
    U16AbU15Q3cA1aMchM27Q16AaaO2AaOA9OA3aO4AO5A9OA2OA2O2A2OA4OA2OAO2A2OA3OA3O2A8O3A5OAOA5OcAbO2A2OAO2AOA12O\
    A2O2A12O6AOAO2A3O2A5OA2O2A4O2AbO2A5O2A2OA5O2AOAO2A14O2A5O6AO4A2OA4OA2OA2O6AOA2OAOAOA6OA3OA6OAaO2AfOA2OA4\
    OAOA4O3AOAbO2A11Q1eAO3A9OAeOAeOA174O2A1cfO3A13O2A33OA4OA1eU2A8aMe5A6M4S3M2U5A4QA2M26UMU5MU2M38U7MAUeSM17\
    U9M7UM7UM7UM7UM7UM7UM7UM7UT20A2fMA2eU22A1aUA59UcAd6U1aA10FA4MX2A19X9S6Oi5A2X3M2OA2UX56U2S2j2X3ji5aAi4U5\
    M2bUM5eUA2Q4AaM20A26U9Ai10A1fUQaA1eQ8AQfA20QaAdOAOA17QfA10j2fAj58Aa8X19c0A40X5200M48dU3A37U9M2eA2M10dA3\
    M10KaM2U14M2fS4AT8S2AM1fT2M50S2A6U8A8RfM9R2M67R2M52U14M11TM3SM4TM17T5A4SU3Q6A4U6M34A4U8T2M32T10STU8A2Ka\
    U6S12M6A3MAM2TKaM1cT5S3A2M17TcSUbAM1dU3T4M2fSTcSAdUMKaU4A2X5TXaKaX5UM29TeU9M3TM8T2U2KaU2A4X17A3XT3X32TX\
    T3X2T2X5TSXSXU18X3A2MbT5A2M3TSUaM6U2M6U2M6U9M7UM7UM2bRMeA2U4M73T8AS2U2KaU6M2ba4UcM17U4M31U4A2100X16eU2\
    X6aU26M7UcM5U5VTVaAVdUV5UVUV2UV2UVaM62A21M16bA12M40A2M36A8U20McA4S10A3LA6U6S10A3N2A18N3IAJUILA11UA4U4M5U\
    M87U2PUA6JA4IAJAKaLIA5M1aA4NAM1aAbi38k2M1fU3M6U2M6U2M6U2M3U3A7UA7UaP3A2U2McUM1aUM13UM2UMfU2MeU22M7bU5A3\
    U4Q2dU3A9M35Q4A11Q2A3UAdU3AU2fA2dSU82M1dU3M31UfSQ1bU4M20Q4U9M1eU5M26T5U5M1eUAM24U4M8AM5U2aM9eU2KaU6M24U4\
    M24U4M28U8M34UbAMbUMfUM7UM2UMbUMfUM7UM2U3M34UcM137U9M16UaM8U18M6UM2aUM9U45M6U2MUM2cUM2U3MU2M17UAQ8M17A2\
    Q7M1fU8Q9U30M13UM2U5Q5M16Q6U3AM1aU5AM1aU26M38U4Q2M2Q10U2Q2eMT3UT2U5T4M4UM3UM1dU2S3U4SQ9U7A9U7M1dQ2AM1dQ3\
    U20M8AM1cS2U4Q5A7U9M36U3A7M16U2Q8M13U5Q8M12U7A4UcQ7U50M49U37M33UdM33U7Q6M24T4U8KaU6KaM1cU3TS4AM17U8A2Ud0\
    Q1fUM2aUT2AU2M2U10M6U8A9U21T3S3M1dQaMU8M16SbQ4A5U16M12S4A4U26M15Q7U14M17U9T3M35TeSA7U4Q14KaSM2T2MU9ST3\
    M2dT9S2A2WA4TUaWU2M19U7KaU6T3M24TcS2UKaA4MT2MU8M23SA2MU9T3M30TdSM4A4S4AT2KaMAMA3UQ14UbM12UM19T9S2TA6TM2T\
    U3eM7UMUM4UMfUMaAU6M2fTaS2U5KaU6T4UM8U2M2U2M16UM7UM2UM5US2MT7U2T2U2T2SU2MU6TU5M5T2U2S7U3S5UbMaUMU2MUM26U\
    MT9UTU2TUT4UT2S3MSMA2UA2U8S2U1dM35TdST3SM4A5KaA2UASM3U1eM30T12S2M2AMU8KaUa6M2fT7U2T7S2A17M4T2U22M30TfST\
    A3MUbKaU6AdU13M2bTbS2MAU6KaU6K14U1cX1bU2TeSU4KaQ2A4X7Ub9M2cTdS2AU64M40KaQ9UcM8U2MU2M8UM2UM18T6UT2U2T2S2M\
    TMTSA3U9KaU46M8U2M27T7U2T6SMAMTU1bMTaM28S2T5MT4A8SU8MTbM2eTeS2A3MA5UdM49U7AaU56T8U58M21AUeKaU6M9UM25T8U\
    T7SMA5UaKaQ13U3A2M1eU2T16UTeU49M7UM2UM26T6U3TUT2UT3STS2MTU8KaU6M6UM2UM20T5UT2UT4SMU7KaU6M2cU4KaUf6M13T4\
    A2U7T2MTMdUM22T7U3T3S2AdKaSU55MUfQ15A1dUdAM39aU66M6fUA5UbMc4Ua4cM61A2UdM430P10SM6SfUaMf9bU5M247U1ab9M1e\
    T11SKaU6c6M239U7M1fUKaU4A2M4fUKaU6M1eU2S5AUaM30S7A9M4A2UaKaUQ7UM15U5M13U1b0M2dA3KaUc6M40Q17A4U5M19U2M19\
    U2cM4bU4TMT37U7T4MdU40M2AMSUbT2X5U9X1cd6U29X20U61X73U21fdi4Ui7Ui2UiX11fi3UfXU1dX3U2iUei4U8X18cU904M6bU5\
    MdU3M9U7MaU2ASTAP4Uf5cAf0KaA3U3A1b4U6A17UfA11UfS2eU2S17U9A74U3cAf6UaA27U2A3cS5A3S6P8S8A2S7A1eS4A3dU15A42\
    S3AU7aQ14UcQ14UcA57U9Q19U87M55UM47UM2U2MU2M2U2M4UMcUMUM7UM41UM4U2M8UM7UM1cUM4UM5UMU3M7UM154U2M19AM19AM1f\
    AM19AM1fAM19AM1fAM19AM1fAM19AM8U2K32A200S37A4S32A8SAeSA7UfS5USfU450M1fU6M6Ud5T7UT11U2T7UT2UT5U5M3eU21T\
    U70M2dU3S7M7U2KaU4MAU140M1eSU11M2cS4KaU5AU1d0M1cS4KaUd6M1eS2MKaU4AUc0M1fUM3TM2TM7T2M5TU8M2Ue0M7UM4UM2UMf\
    UMc5U2Q9S7U29M44S3TS3MU4KaU4A2U311Q3bAQ3AQ4U4cQ2dAQfUc2M4UM1bUM2UMU2MUMaUM4UMUMU6MU4MUMUMUM3UM2UMU2MUMUM\
    UMUMUM2UMU2M4UM7UM4UM4UMUMaUM11U5M3UM5UM11U34A2U10eA4OA27l4A64lcAfl2AflAeOlA25laQdA23M1aA6M1aA6h2Mch2Ma\
    A4OA2OaA13l38m1aAO2ldAaOA14OA2O9Al4A9l7O2leA6l9aO22A2O70A2O2AO3A2O53A2O3AO4Y5OfeAO3fAbO6AO18A7O2A2O8AcO\
    A2O4A2OA4O2AdO2A2OA8O2A9OA5O3AcO3A8O3A2OAOA4OA6OA3OA6O56A30O46A5O8A2O4l3OaA3OAO2l3OA2Oal3Adal6Ocl4OlfAc\
    l4A38l8Aal6A28l8A1el2Acl4A2leA9l27AcO2fAOaAOb9A58l8Ael2Odl3Obl3O39lOl4O10l2Ocl4Oal7A93UA5cKaAU5l3feU2\
    Xa6e0U20X111eU2X168eU2X1d31UfX26eU9a2X21eU5e2X134bU5X212aUacb87PU1eY60U80Sf0Ufe10AfffeU2AfffeU2";

/// Characters that fold to one: first, last, step, and what is added to each.
#[rustfmt::skip]
pub(super) static FOLDS: [(u32, u32, u32, i32); 199] = [
    (0x41, 0x5a, 1, 32), (0xb5, 0xb5, 1, 775), (0xc0, 0xd6, 1, 32),
    (0xd8, 0xde, 1, 32), (0x100, 0x12e, 2, 1), (0x132, 0x136, 2, 1),
    (0x139, 0x147, 2, 1), (0x14a, 0x176, 2, 1), (0x178, 0x178, 1, -121),
    (0x179, 0x17d, 2, 1), (0x17f, 0x17f, 1, -268), (0x181, 0x181, 1, 210),
    (0x182, 0x184, 2, 1), (0x186, 0x186, 1, 206), (0x187, 0x187, 1, 1),
    (0x189, 0x18a, 1, 205), (0x18b, 0x18b, 1, 1), (0x18e, 0x18e, 1, 79),
    (0x18f, 0x18f, 1, 202), (0x190, 0x190, 1, 203), (0x191, 0x191, 1, 1),
    (0x193, 0x193, 1, 205), (0x194, 0x194, 1, 207), (0x196, 0x196, 1, 211),
    (0x197, 0x197, 1, 209), (0x198, 0x198, 1, 1), (0x19c, 0x19c, 1, 211),
    (0x19d, 0x19d, 1, 213), (0x19f, 0x19f, 1, 214), (0x1a0, 0x1a4, 2, 1),
    (0x1a6, 0x1a6, 1, 218), (0x1a7, 0x1a7, 1, 1), (0x1a9, 0x1a9, 1, 218),
    (0x1ac, 0x1ac, 1, 1), (0x1ae, 0x1ae, 1, 218), (0x1af, 0x1af, 1, 1),
    (0x1b1, 0x1b2, 1, 217), (0x1b3, 0x1b5, 2, 1), (0x1b7, 0x1b7, 1, 219),
    (0x1b8, 0x1b8, 1, 1), (0x1bc, 0x1bc, 1, 1), (0x1c4, 0x1c4, 1, 2),
    (0x1c5, 0x1c5, 1, 1), (0x1c7, 0x1c7, 1, 2), (0x1c8, 0x1c8, 1, 1),
    (0x1ca, 0x1ca, 1, 2), (0x1cb, 0x1db, 2, 1), (0x1de, 0x1ee, 2, 1),
    (0x1f1, 0x1f1, 1, 2), (0x1f2, 0x1f4, 2, 1), (0x1f6, 0x1f6, 1, -97),
    (0x1f7, 0x1f7, 1, -56), (0x1f8, 0x21e, 2, 1), (0x220, 0x220, 1, -130),
    (0x222, 0x232, 2, 1), (0x23a, 0x23a, 1, 10795), (0x23b, 0x23b, 1, 1),
    (0x23d, 0x23d, 1, -163), (0x23e, 0x23e, 1, 10792), (0x241, 0x241, 1, 1),
    (0x243, 0x243, 1, -195), (0x244, 0x244, 1, 69), (0x245, 0x245, 1, 71),
    (0x246, 0x24e, 2, 1), (0x345, 0x345, 1, 116), (0x370, 0x372, 2, 1),
    (0x376, 0x376, 1, 1), (0x37f, 0x37f, 1, 116), (0x386, 0x386, 1, 38),
    (0x388, 0x38a, 1, 37), (0x38c, 0x38c, 1, 64), (0x38e, 0x38f, 1, 63),
    (0x391, 0x3a1, 1, 32), (0x3a3, 0x3ab, 1, 32), (0x3c2, 0x3c2, 1, 1),
    (0x3cf, 0x3cf, 1, 8), (0x3d0, 0x3d0, 1, -30), (0x3d1, 0x3d1, 1, -25),
    (0x3d5, 0x3d5, 1, -15), (0x3d6, 0x3d6, 1, -22), (0x3d8, 0x3ee, 2, 1),
    (0x3f0, 0x3f0, 1, -54), (0x3f1, 0x3f1, 1, -48), (0x3f4, 0x3f4, 1, -60),
    (0x3f5, 0x3f5, 1, -64), (0x3f7, 0x3f7, 1, 1), (0x3f9, 0x3f9, 1, -7),
    (0x3fa, 0x3fa, 1, 1), (0x3fd, 0x3ff, 1, -130), (0x400, 0x40f, 1, 80),
    (0x410, 0x42f, 1, 32), (0x460, 0x480, 2, 1), (0x48a, 0x4be, 2, 1),
    (0x4c0, 0x4c0, 1, 15), (0x4c1, 0x4cd, 2, 1), (0x4d0, 0x52e, 2, 1),
    (0x531, 0x556, 1, 48), (0x10a0, 0x10c5, 1, 7264), (0x10c7, 0x10c7, 1, 7264),
    (0x10cd, 0x10cd, 1, 7264), (0x13f8, 0x13fd, 1, -8), (0x1c80, 0x1c80, 1, -6222),
    (0x1c81, 0x1c81, 1, -6221), (0x1c82, 0x1c82, 1, -6212), (0x1c83, 0x1c84, 1, -6210),
    (0x1c85, 0x1c85, 1, -6211), (0x1c86, 0x1c86, 1, -6204), (0x1c87, 0x1c87, 1, -6180),
    (0x1c88, 0x1c88, 1, 35267), (0x1c89, 0x1c89, 1, 1), (0x1c90, 0x1cba, 1, -3008),
    (0x1cbd, 0x1cbf, 1, -3008), (0x1e00, 0x1e94, 2, 1), (0x1e9b, 0x1e9b, 1, -58),
    (0x1ea0, 0x1efe, 2, 1), (0x1f08, 0x1f0f, 1, -8), (0x1f18, 0x1f1d, 1, -8),
    (0x1f28, 0x1f2f, 1, -8), (0x1f38, 0x1f3f, 1, -8), (0x1f48, 0x1f4d, 1, -8),
    (0x1f59, 0x1f5f, 2, -8), (0x1f68, 0x1f6f, 1, -8), (0x1fb8, 0x1fb9, 1, -8),
    (0x1fba, 0x1fbb, 1, -74), (0x1fbe, 0x1fbe, 1, -7173), (0x1fc8, 0x1fcb, 1, -86),
    (0x1fd8, 0x1fd9, 1, -8), (0x1fda, 0x1fdb, 1, -100), (0x1fe8, 0x1fe9, 1, -8),
    (0x1fea, 0x1feb, 1, -112), (0x1fec, 0x1fec, 1, -7), (0x1ff8, 0x1ff9, 1, -128),
    (0x1ffa, 0x1ffb, 1, -126), (0x2126, 0x2126, 1, -7517), (0x212a, 0x212a, 1, -8383),
    (0x212b, 0x212b, 1, -8262), (0x2132, 0x2132, 1, 28), (0x2160, 0x216f, 1, 16),
    (0x2183, 0x2183, 1, 1), (0x24b6, 0x24cf, 1, 26), (0x2c00, 0x2c2f, 1, 48),
    (0x2c60, 0x2c60, 1, 1), (0x2c62, 0x2c62, 1, -10743), (0x2c63, 0x2c63, 1, -3814),
    (0x2c64, 0x2c64, 1, -10727), (0x2c67, 0x2c6b, 2, 1), (0x2c6d, 0x2c6d, 1, -10780),
    (0x2c6e, 0x2c6e, 1, -10749), (0x2c6f, 0x2c6f, 1, -10783), (0x2c70, 0x2c70, 1, -10782),
    (0x2c72, 0x2c72, 1, 1), (0x2c75, 0x2c75, 1, 1), (0x2c7e, 0x2c7f, 1, -10815),
    (0x2c80, 0x2ce2, 2, 1), (0x2ceb, 0x2ced, 2, 1), (0x2cf2, 0x2cf2, 1, 1),
    (0xa640, 0xa66c, 2, 1), (0xa680, 0xa69a, 2, 1), (0xa722, 0xa72e, 2, 1),
    (0xa732, 0xa76e, 2, 1), (0xa779, 0xa77b, 2, 1), (0xa77d, 0xa77d, 1, -35332),
    (0xa77e, 0xa786, 2, 1), (0xa78b, 0xa78b, 1, 1), (0xa78d, 0xa78d, 1, -42280),
    (0xa790, 0xa792, 2, 1), (0xa796, 0xa7a8, 2, 1), (0xa7aa, 0xa7aa, 1, -42308),
    (0xa7ab, 0xa7ab, 1, -42319), (0xa7ac, 0xa7ac, 1, -42315), (0xa7ad, 0xa7ad, 1, -42305),
    (0xa7ae, 0xa7ae, 1, -42308), (0xa7b0, 0xa7b0, 1, -42258), (0xa7b1, 0xa7b1, 1, -42282),
    (0xa7b2, 0xa7b2, 1, -42261), (0xa7b3, 0xa7b3, 1, 928), (0xa7b4, 0xa7c2, 2, 1),
    (0xa7c4, 0xa7c4, 1, -48), (0xa7c5, 0xa7c5, 1, -42307), (0xa7c6, 0xa7c6, 1, -35384),
    (0xa7c7, 0xa7c9, 2, 1), (0xa7cb, 0xa7cb, 1, -42343), (0xa7cc, 0xa7da, 2, 1),
    (0xa7dc, 0xa7dc, 1, -42561), (0xa7f5, 0xa7f5, 1, 1), (0xab70, 0xabbf, 1, -38864),
    (0xff21, 0xff3a, 1, 32), (0x10400, 0x10427, 1, 40), (0x104b0, 0x104d3, 1, 40),
    (0x10570, 0x1057a, 1, 39), (0x1057c, 0x1058a, 1, 39), (0x1058c, 0x10592, 1, 39),
    (0x10594, 0x10595, 1, 39), (0x10c80, 0x10cb2, 1, 64), (0x10d50, 0x10d65, 1, 32),
    (0x118a0, 0x118bf, 1, 32), (0x16e40, 0x16e5f, 1, 32), (0x16ea0, 0x16eb8, 1, 27),
    (0x1e900, 0x1e921, 1, 34),
];

/// Characters that fold to several.
#[rustfmt::skip]
pub(super) static LONG_FOLDS: [(char, &str); 104] = [
    ('\u{df}', "\u{73}\u{73}"), ('\u{130}', "\u{69}\u{307}"),
    ('\u{149}', "\u{2bc}\u{6e}"), ('\u{1f0}', "\u{6a}\u{30c}"),
    ('\u{390}', "\u{3b9}\u{308}\u{301}"), ('\u{3b0}', "\u{3c5}\u{308}\u{301}"),
    ('\u{587}', "\u{565}\u{582}"), ('\u{1e96}', "\u{68}\u{331}"),
    ('\u{1e97}', "\u{74}\u{308}"), ('\u{1e98}', "\u{77}\u{30a}"),
    ('\u{1e99}', "\u{79}\u{30a}"), ('\u{1e9a}', "\u{61}\u{2be}"),
    ('\u{1e9e}', "\u{73}\u{73}"), ('\u{1f50}', "\u{3c5}\u{313}"),
    ('\u{1f52}', "\u{3c5}\u{313}\u{300}"), ('\u{1f54}', "\u{3c5}\u{313}\u{301}"),
    ('\u{1f56}', "\u{3c5}\u{313}\u{342}"), ('\u{1f80}', "\u{1f00}\u{3b9}"),
    ('\u{1f81}', "\u{1f01}\u{3b9}"), ('\u{1f82}', "\u{1f02}\u{3b9}"),
    ('\u{1f83}', "\u{1f03}\u{3b9}"), ('\u{1f84}', "\u{1f04}\u{3b9}"),
    ('\u{1f85}', "\u{1f05}\u{3b9}"), ('\u{1f86}', "\u{1f06}\u{3b9}"),
    ('\u{1f87}', "\u{1f07}\u{3b9}"), ('\u{1f88}', "\u{1f00}\u{3b9}"),
    ('\u{1f89}', "\u{1f01}\u{3b9}"), ('\u{1f8a}', "\u{1f02}\u{3b9}"),
    ('\u{1f8b}', "\u{1f03}\u{3b9}"), ('\u{1f8c}', "\u{1f04}\u{3b9}"),
    ('\u{1f8d}', "\u{1f05}\u{3b9}"), ('\u{1f8e}', "\u{1f06}\u{3b9}"),
    ('\u{1f8f}', "\u{1f07}\u{3b9}"), ('\u{1f90}', "\u{1f20}\u{3b9}"),
    ('\u{1f91}', "\u{1f21}\u{3b9}"), ('\u{1f92}', "\u{1f22}\u{3b9}"),
    ('\u{1f93}', "\u{1f23}\u{3b9}"), ('\u{1f94}', "\u{1f24}\u{3b9}"),
    ('\u{1f95}', "\u{1f25}\u{3b9}"), ('\u{1f96}', "\u{1f26}\u{3b9}"),
    ('\u{1f97}', "\u{1f27}\u{3b9}"), ('\u{1f98}', "\u{1f20}\u{3b9}"),
    ('\u{1f99}', "\u{1f21}\u{3b9}"), ('\u{1f9a}', "\u{1f22}\u{3b9}"),
    ('\u{1f9b}', "\u{1f23}\u{3b9}"), ('\u{1f9c}', "\u{1f24}\u{3b9}"),
    ('\u{1f9d}', "\u{1f25}\u{3b9}"), ('\u{1f9e}', "\u{1f26}\u{3b9}"),
    ('\u{1f9f}', "\u{1f27}\u{3b9}"), ('\u{1fa0}', "\u{1f60}\u{3b9}"),
    ('\u{1fa1}', "\u{1f61}\u{3b9}"), ('\u{1fa2}', "\u{1f62}\u{3b9}"),
    ('\u{1fa3}', "\u{1f63}\u{3b9}"), ('\u{1fa4}', "\u{1f64}\u{3b9}"),
    ('\u{1fa5}', "\u{1f65}\u{3b9}"), ('\u{1fa6}', "\u{1f66}\u{3b9}"),
    ('\u{1fa7}', "\u{1f67}\u{3b9}"), ('\u{1fa8}', "\u{1f60}\u{3b9}"),
    ('\u{1fa9}', "\u{1f61}\u{3b9}"), ('\u{1faa}', "\u{1f62}\u{3b9}"),
    ('\u{1fab}', "\u{1f63}\u{3b9}"), ('\u{1fac}', "\u{1f64}\u{3b9}"),
    ('\u{1fad}', "\u{1f65}\u{3b9}"), ('\u{1fae}', "\u{1f66}\u{3b9}"),
    ('\u{1faf}', "\u{1f67}\u{3b9}"), ('\u{1fb2}', "\u{1f70}\u{3b9}"),
    ('\u{1fb3}', "\u{3b1}\u{3b9}"), ('\u{1fb4}', "\u{3ac}\u{3b9}"),
    ('\u{1fb6}', "\u{3b1}\u{342}"), ('\u{1fb7}', "\u{3b1}\u{342}\u{3b9}"),
    ('\u{1fbc}', "\u{3b1}\u{3b9}"), ('\u{1fc2}', "\u{1f74}\u{3b9}"),
    ('\u{1fc3}', "\u{3b7}\u{3b9}"), ('\u{1fc4}', "\u{3ae}\u{3b9}"),
    ('\u{1fc6}', "\u{3b7}\u{342}"), ('\u{1fc7}', "\u{3b7}\u{342}\u{3b9}"),
    ('\u{1fcc}', "\u{3b7}\u{3b9}"), ('\u{1fd2}', "\u{3b9}\u{308}\u{300}"),
    ('\u{1fd3}', "\u{3b9}\u{308}\u{301}"), ('\u{1fd6}', "\u{3b9}\u{342}"),
    ('\u{1fd7}', "\u{3b9}\u{308}\u{342}"), ('\u{1fe2}', "\u{3c5}\u{308}\u{300}"),
    ('\u{1fe3}', "\u{3c5}\u{308}\u{301}"), ('\u{1fe4}', "\u{3c1}\u{313}"),
    ('\u{1fe6}', "\u{3c5}\u{342}"), ('\u{1fe7}', "\u{3c5}\u{308}\u{342}"),
    ('\u{1ff2}', "\u{1f7c}\u{3b9}"), ('\u{1ff3}', "\u{3c9}\u{3b9}"),
    ('\u{1ff4}', "\u{3ce}\u{3b9}"), ('\u{1ff6}', "\u{3c9}\u{342}"),
    ('\u{1ff7}', "\u{3c9}\u{342}\u{3b9}"), ('\u{1ffc}', "\u{3c9}\u{3b9}"),
    ('\u{fb00}', "\u{66}\u{66}"), ('\u{fb01}', "\u{66}\u{69}"),
    ('\u{fb02}', "\u{66}\u{6c}"), ('\u{fb03}', "\u{66}\u{66}\u{69}"),
    ('\u{fb04}', "\u{66}\u{66}\u{6c}"), ('\u{fb05}', "\u{73}\u{74}"),
    ('\u{fb06}', "\u{73}\u{74}"), ('\u{fb13}', "\u{574}\u{576}"),
    ('\u{fb14}', "\u{574}\u{565}"), ('\u{fb15}', "\u{574}\u{56b}"),
    ('\u{fb16}', "\u{57e}\u{576}"), ('\u{fb17}', "\u{574}\u{56d}"),
];
