//! The GUIDs of ASF (Advanced Systems Format specification, section 10) in the order of their bytes.

/// A GUID as it lies in a file.
pub(super) type Guid = [u8; 16];

/// The GUID that is printed as `a-b-c-dddd-dddddddddddd`.
const fn guid(a: u32, b: u16, c: u16, d: u64) -> Guid {
    let (a, b, c, d) = (a.to_le_bytes(), b.to_le_bytes(), c.to_le_bytes(), d.to_be_bytes());
    [a[0], a[1], a[2], a[3], b[0], b[1], c[0], c[1], d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]]
}

pub(super) const HEADER: Guid = guid(0x75B2_2630, 0x668E, 0x11CF, 0xA6D9_00AA_0062_CE6C);
pub(super) const DATA: Guid = guid(0x75B2_2636, 0x668E, 0x11CF, 0xA6D9_00AA_0062_CE6C);
pub(super) const SIMPLE_INDEX: Guid = guid(0x3300_0890, 0xE5B1, 0x11CF, 0x89F4_00A0_C903_49CB);
pub(super) const INDEX: Guid = guid(0xD6E2_29D3, 0x35DA, 0x11D1, 0x9034_00A0_C903_49BE);
pub(super) const MEDIA_INDEX: Guid = guid(0xFEB1_03F8, 0x12AD, 0x4C64, 0x840F_2A1D_2F7A_D48C);
pub(super) const TIMECODE_INDEX: Guid = guid(0x3CB7_3FD0, 0x0C4A, 0x4803, 0x953D_EDF7_B622_8F0C);

pub(super) const FILE_PROPERTIES: Guid = guid(0x8CAB_DCA1, 0xA947, 0x11CF, 0x8EE4_00C0_0C20_5365);
pub(super) const STREAM_PROPERTIES: Guid = guid(0xB7DC_0791, 0xA9B7, 0x11CF, 0x8EE6_00C0_0C20_5365);
pub(super) const HEADER_EXTENSION: Guid = guid(0x5FBF_03B5, 0xA92E, 0x11CF, 0x8EE3_00C0_0C20_5365);
pub(super) const CODEC_LIST: Guid = guid(0x86D1_5240, 0x311D, 0x11D0, 0xA3A4_00A0_C903_48F6);
pub(super) const CONTENT_DESCRIPTION: Guid =
    guid(0x75B2_2633, 0x668E, 0x11CF, 0xA6D9_00AA_0062_CE6C);
pub(super) const EXTENDED_CONTENT_DESCRIPTION: Guid =
    guid(0xD2D0_A440, 0xE307, 0x11D2, 0x97F0_00A0_C95E_A850);
pub(super) const STREAM_BITRATES: Guid = guid(0x7BF8_75CE, 0x468D, 0x11D1, 0x8D82_0060_97C9_A2B2);
pub(super) const CONTENT_ENCRYPTION: Guid =
    guid(0x2211_B3FB, 0xBD23, 0x11D2, 0xB4B7_00A0_C955_FC6E);
pub(super) const EXTENDED_CONTENT_ENCRYPTION: Guid =
    guid(0x298A_E614, 0x2622, 0x4C17, 0xB935_DAE0_7EE9_289C);
pub(super) const ADVANCED_CONTENT_ENCRYPTION: Guid =
    guid(0x4305_8533, 0x6981, 0x49E6, 0x9B74_AD12_CB86_D58C);

pub(super) const EXTENDED_STREAM_PROPERTIES: Guid =
    guid(0x14E6_A5CB, 0xC672, 0x4332, 0x8399_A969_5206_5B5A);
pub(super) const METADATA: Guid = guid(0xC5F8_CBEA, 0x5BAF, 0x4877, 0x8467_AA8C_44FA_4CCA);
pub(super) const METADATA_LIBRARY: Guid = guid(0x4423_1C94, 0x9498, 0x49D1, 0xA141_1D13_4E45_7054);

pub(super) const AUDIO_MEDIA: Guid = guid(0xF869_9E40, 0x5B4D, 0x11CF, 0xA8FD_0080_5F5C_442B);
pub(super) const AUDIO_SPREAD: Guid = guid(0xBFC3_CD50, 0x618F, 0x11CF, 0x8BB2_00AA_00B4_E220);

/// The value of the header extension's reserved field.
pub(super) const EXTENSION_RESERVED: Guid =
    guid(0xABD3_D211, 0xA9BA, 0x11CF, 0x8EE6_00C0_0C20_5365);
/// The value of the codec list's reserved field.
pub(super) const CODEC_LIST_RESERVED: Guid =
    guid(0x86D1_5241, 0x311D, 0x11D0, 0xA3A4_00A0_C903_48F6);
