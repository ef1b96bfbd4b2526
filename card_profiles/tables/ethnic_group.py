"""Hold the codes of ethnic group 民族 (tag 0B, GB/T 3304-1991)."""

from collections.abc import Mapping

from card_profiles.tables.model import CodeEntry, CodeTable, by_code

# Chinese names stand without 族, as on identity documents. Roman names are the standard's, but
# for Tibetan, Bouyei, Korean and Manchu, which read Zang, Buyei, Chosen and Man there and are
# known abroad by these names. The standard ends at 56; 97 and 98 are the usual additions of
# population registers, 99 is what social security cards use for "other".
_ENTRIES = by_code(
    [
        CodeEntry("01", "汉", "Han"),
        CodeEntry("02", "蒙古", "Mongol"),
        CodeEntry("03", "回", "Hui"),
        CodeEntry("04", "藏", "Tibetan"),
        CodeEntry("05", "维吾尔", "Uygur"),
        CodeEntry("06", "苗", "Miao"),
        CodeEntry("07", "彝", "Yi"),
        CodeEntry("08", "壮", "Zhuang"),
        CodeEntry("09", "布依", "Bouyei"),
        CodeEntry("10", "朝鲜", "Korean"),
        CodeEntry("11", "满", "Manchu"),
        CodeEntry("12", "侗", "Dong"),
        CodeEntry("13", "瑶", "Yao"),
        CodeEntry("14", "白", "Bai"),
        CodeEntry("15", "土家", "Tujia"),
        CodeEntry("16", "哈尼", "Hani"),
        CodeEntry("17", "哈萨克", "Kazak"),
        CodeEntry("18", "傣", "Dai"),
        CodeEntry("19", "黎", "Li"),
        CodeEntry("20", "傈僳", "Lisu"),
        CodeEntry("21", "佤", "Va"),
        CodeEntry("22", "畲", "She"),
        CodeEntry("23", "高山", "Gaoshan"),
        CodeEntry("24", "拉祜", "Lahu"),
        CodeEntry("25", "水", "Sui"),
        CodeEntry("26", "东乡", "Dongxiang"),
        CodeEntry("27", "纳西", "Naxi"),
        CodeEntry("28", "景颇", "Jingpo"),
        CodeEntry("29", "柯尔克孜", "Kirgiz"),
        CodeEntry("30", "土", "Tu"),
        CodeEntry("31", "达斡尔", "Daur"),
        CodeEntry("32", "仫佬", "Mulao"),
        CodeEntry("33", "羌", "Qiang"),
        CodeEntry("34", "布朗", "Blang"),
        CodeEntry("35", "撒拉", "Salar"),
        CodeEntry("36", "毛南", "Maonan"),
        CodeEntry("37", "仡佬", "Gelao"),
        CodeEntry("38", "锡伯", "Xibe"),
        CodeEntry("39", "阿昌", "Achang"),
        CodeEntry("40", "普米", "Pumi"),
        CodeEntry("41", "塔吉克", "Tajik"),
        CodeEntry("42", "怒", "Nu"),
        CodeEntry("43", "乌孜别克", "Uzbek"),
        CodeEntry("44", "俄罗斯", "Russ"),
        CodeEntry("45", "鄂温克", "Ewenki"),
        CodeEntry("46", "德昂", "Deang"),
        CodeEntry("47", "保安", "Bonan"),
        CodeEntry("48", "裕固", "Yugur"),
        CodeEntry("49", "京", "Gin"),
        CodeEntry("50", "塔塔尔", "Tatar"),
        CodeEntry("51", "独龙", "Derung"),
        CodeEntry("52", "鄂伦春", "Oroqen"),
        CodeEntry("53", "赫哲", "Hezhen"),
        CodeEntry("54", "门巴", "Monba"),
        CodeEntry("55", "珞巴", "Lhoba"),
        CodeEntry("56", "基诺", "Jino"),
        CodeEntry("97", "其他", "other"),
        CodeEntry("98", "外国血统中国籍人士", "Chinese citizen of foreign descent"),
        CodeEntry("99", "其他", "other"),
    ]
)


def _entries() -> Mapping[str, CodeEntry]:
    return _ENTRIES


ETHNIC_GROUP = CodeTable("ethnic group", "GB/T 3304-1991", _entries)
