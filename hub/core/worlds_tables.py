"""What the sample worlds are made of besides provinces: ministries, departments, islands, Sơn La, names.

Sources: ministries G01…G22 of QĐ 20/2020/QĐ-TTg; the mergers of ministries and departments of 1 March 2025;
the special zones of 1 July 2025; Sơn La's communes of 2022, and those of 2025 as Resolution 1681/NQ-UBTVQH15
names them; what became of those that had been merged once more in between is told by their last heir, in a
few cases by their neighbours. Elsewhere names are drawn from `NAME_PARTS`: plausible, not a gazetteer.
"""

from __future__ import annotations

from typing import Final

from hub.core.model import Tier
from hub.core.worlds_provinces import Region

MINISTRIES: Final[tuple[str, ...]] = (
    "Bộ Công an",
    "Bộ Công Thương",
    "Bộ Giáo dục và Đào tạo",
    "Bộ Giao thông vận tải",
    "Bộ Kế hoạch và Đầu tư",
    "Bộ Khoa học và Công nghệ",
    "Bộ Lao động - Thương binh và Xã hội",
    "Bộ Ngoại giao",
    "Bộ Nội vụ",
    "Bộ Nông nghiệp và Phát triển nông thôn",
    "Bộ Quốc phòng",
    "Bộ Tài chính",
    "Bộ Tài nguyên và Môi trường",
    "Bộ Thông tin và Truyền thông",
    "Bộ Tư pháp",
    "Bộ Văn hóa, Thể thao và Du lịch",
    "Bộ Xây dựng",
    "Bộ Y tế",
    "Ngân hàng Nhà nước Việt Nam",
    "Thanh tra Chính phủ",
    "Ủy ban Dân tộc",
    "Văn phòng Chính phủ",
)
"""G01…G22, in this order."""

MINISTRY_UNITS: Final[tuple[str, ...]] = (
    "Văn phòng",
    "Vụ Tổ chức cán bộ",
    "Vụ Pháp chế",
    "Thanh tra",
    "Trung tâm Công nghệ thông tin",
)
"""Units 01…05 of every ministry but the Government Office."""

GOVERNMENT_OFFICE: Final = 22

GOVERNMENT_OFFICE_UNITS: Final[tuple[str, ...]] = (
    "Cục Kiểm soát thủ tục hành chính",
    "Vụ Hành chính",
    "Vụ Pháp luật",
    "Vụ Tổng hợp",
    "Cổng Thông tin điện tử Chính phủ",
)
"""Units 01…05 of G22."""

MINISTRIES_MERGED: Final[dict[int, int]] = {4: 17, 5: 12, 7: 9, 10: 23, 13: 23, 14: 6}
"""1 March 2025: number of the ministry that ended → of the one that took over."""

MINISTRY_FOUNDED: Final[tuple[int, str]] = (23, "Bộ Nông nghiệp và Môi trường")
"""Formed of two that ended; no published code is known here, so it gets the first free one."""

MINISTRIES_RENAMED: Final[dict[int, str]] = {21: "Bộ Dân tộc và Tôn giáo"}

DEPARTMENTS: Final[tuple[str, ...]] = (
    "Văn phòng Ủy ban nhân dân",
    "Ban Dân tộc",
    "Sở Công Thương",
    "Sở Giáo dục và Đào tạo",
    "Sở Giao thông vận tải",
    "Sở Kế hoạch và Đầu tư",
    "Sở Khoa học và Công nghệ",
    "Sở Lao động - Thương binh và Xã hội",
    "Sở Ngoại vụ",
    "Sở Nội vụ",
    "Sở Nông nghiệp và Phát triển nông thôn",
    "Sở Tài chính",
    "Sở Thông tin và Truyền thông",
    "Sở Tài nguyên và Môi trường",
    "Sở Tư pháp",
    "Sở Văn hóa, Thể thao và Du lịch",
    "Sở Xây dựng",
    "Sở Y tế",
    "Thanh tra",
    "Ban Quản lý các khu công nghiệp",
)
"""01…20 of every province; 13 is the department of 000.00.13.H52."""

DEPARTMENTS_MERGED: Final[dict[int, int]] = {5: 17, 6: 12, 8: 10, 11: 21, 13: 7, 14: 21}
"""1 March 2025, as the ministries above them."""

DEPARTMENT_FOUNDED: Final[tuple[int, str]] = (21, "Sở Nông nghiệp và Môi trường")

DEPARTMENTS_RENAMED: Final[dict[int, str]] = {2: "Sở Dân tộc và Tôn giáo"}

PROVINCES_RENAMED: Final[dict[int, tuple[str, str]]] = {57: ("thành phố", "Huế")}
"""By 2025: kind and name."""

COMMUNES_KNOWN: Final[dict[tuple[int, str], int]] = {
    (6, "Côn Đảo"): 0,
    (11, "Phú Quý"): 3,
    (17, "Hoàng Sa"): 0,
    (24, "Bạch Long Vĩ"): 0,
    (24, "Cát Hải"): 12,
    (32, "Trường Sa"): 3,
    (33, "Kiên Hải"): 4,
    (33, "Phú Quốc"): 9,
    (48, "Lý Sơn"): 0,
    (49, "Cô Tô"): 3,
    (49, "Vân Đồn"): 12,
    (50, "Cồn Cỏ"): 0,
}
"""Communes of the island districts of 2022; five had none."""

SPECIAL_ZONES: Final[dict[tuple[int, str], tuple[str, ...]]] = {
    (6, "Côn Đảo"): ("Côn Đảo",),
    (11, "Phú Quý"): ("Phú Quý",),
    (17, "Hoàng Sa"): ("Hoàng Sa",),
    (24, "Bạch Long Vĩ"): ("Bạch Long Vĩ",),
    (24, "Cát Hải"): ("Cát Hải",),
    (32, "Trường Sa"): ("Trường Sa",),
    (33, "Kiên Hải"): ("Kiên Hải",),
    (33, "Phú Quốc"): ("Phú Quốc", "Thổ Châu"),
    (48, "Lý Sơn"): ("Lý Sơn",),
    (49, "Cô Tô"): ("Cô Tô",),
    (49, "Vân Đồn"): ("Vân Đồn",),
    (50, "Cồn Cỏ"): ("Cồn Cỏ",),
}
"""Island districts that became one special zone of 2025, Phú Quốc two."""

UNITS_BELOW: Final[dict[Tier, tuple[str, ...]]] = {
    Tier.CENTRAL: ("Phòng Tổng hợp", "Phòng Hành chính", "Phòng Nghiệp vụ", "Phòng Kế hoạch - Tài chính"),
    Tier.PROVINCIAL: (
        "Văn phòng",
        "Phòng Tổ chức cán bộ",
        "Phòng Kế hoạch - Tài chính",
        "Phòng Nghiệp vụ",
        "Chi cục",
        "Trung tâm",
    ),
    Tier.DISTRICT: (
        "Phòng Nội vụ",
        "Phòng Tư pháp",
        "Phòng Tài chính - Kế hoạch",
        "Phòng Tài nguyên và Môi trường",
        "Phòng Văn hóa và Thông tin",
        "Phòng Giáo dục và Đào tạo",
        "Phòng Y tế",
        "Thanh tra",
        "Trường Trung học phổ thông",
    ),
    Tier.COMMUNE: (
        "Trạm Y tế",
        "Trường Mầm non",
        "Trường Tiểu học",
        "Trường Trung học cơ sở",
        "Công an",
        "Ban Chỉ huy Quân sự",
        "Trung tâm Văn hóa - Thể thao",
        "Trung tâm Phục vụ hành chính công",
    ),
}
"""What stands below an agency of each tier in an expanded world."""

SON_LA: Final = 52

SON_LA_COMMUNES: Final[dict[str, str]] = {
    "Sơn La": "P Tô Hiệu = P Chiềng Lề, P Tô Hiệu, P Quyết Thắng, P Quyết Tâm; "
    "P Chiềng An = P Chiềng An, Chiềng Xôm, Chiềng Đen; "
    "P Chiềng Cơi = P Chiềng Cơi, Hua La, Chiềng Cọ; "
    "P Chiềng Sinh = P Chiềng Sinh, Chiềng Ngần",
    "Bắc Yên": "Bắc Yên = TT Bắc Yên, Phiêng Ban, Hồng Ngài, Song Pe; "
    "Tà Xùa = Tà Xùa, Háng Đồng, Làng Chếu; Tạ Khoa = Tạ Khoa, Mường Khoa, Hua Nhàn; "
    "Xím Vàng = Xím Vàng, Hang Chú; Pắc Ngà = Pắc Ngà, Chim Vàn; "
    "Chiềng Sại = Chiềng Sại, Phiêng Côn",
    "Mai Sơn": "Mai Sơn = TT Hát Lót, Hát Lót, Cò Nòi; "
    "Chiềng Mai = Chiềng Mai, Chiềng Ban, Chiềng Kheo, Chiềng Dong, Chiềng Ve; "
    "Phiêng Pằn = Phiêng Pằn, Nà Ớt, Chiềng Lương; "
    "Chiềng Mung = Chiềng Mung, Mường Bon, Mường Bằng; Phiêng Cằm = Phiêng Cằm, Chiềng Nơi; "
    "Mường Chanh = Mường Chanh, Chiềng Chung; Tà Hộc = Tà Hộc, Nà Bó; "
    "Chiềng Sung = Chiềng Sung, Chiềng Chăn",
    "Mộc Châu": "P Mộc Châu = TT Mộc Châu, Mường Sang, Chiềng Hắc; P Mộc Sơn = Đông Sang; "
    "P Thảo Nguyên = TT Nông trường Mộc Châu; P Vân Sơn = Phiêng Luông; "
    "Đoàn Kết = Nà Mường, Hua Păng, Tà Lai, Quy Hướng; Tân Yên = Tân Lập, Tân Hợp; "
    "Lóng Sập = Lóng Sập, Chiềng Khừa; Chiềng Sơn = Chiềng Sơn",
    "Mường La": "Mường La = TT Ít Ong, Nặm Păm, Chiềng San, Chiềng Muôn, Pi Toong, Mường Trai; "
    "Chiềng Lao = Chiềng Lao, Hua Trai, Nậm Giôn; Mường Bú = Mường Bú, Mường Chùm, Tạ Bú; "
    "Chiềng Hoa = Chiềng Hoa, Chiềng Ân, Chiềng Công; Ngọc Chiến = Ngọc Chiến",
    "Phù Yên": "Phù Yên = TT Phù Yên, Quang Huy, Huy Hạ, Huy Tường, Huy Tân, Huy Thượng, Huy Bắc; "
    "Gia Phù = Gia Phù, Tường Phù, Suối Bau, Sập Xa; "
    "Tường Hạ = Tường Hạ, Tường Thượng, Tường Tiến, Tường Phong; "
    "Mường Cơi = Mường Cơi, Mường Thải, Tân Lang; "
    "Mường Bang = Mường Bang, Mường Do, Mường Lang; "
    "Tân Phong = Tân Phong, Bắc Phong, Nam Phong; Kim Bon = Kim Bon, Đá Đỏ; Suối Tọ = Suối Tọ",
    "Quỳnh Nhai": "Quỳnh Nhai = Mường Giàng, Chiềng Bằng, Chiềng Khoang, Chiềng Ơn; "
    "Mường Chiên = Mường Chiên, Cà Nàng, Pá Ma Pha Khinh; "
    "Mường Giôn = Mường Giôn, Chiềng Khay; Mường Sại = Mường Sại, Nậm Ét",
    "Sông Mã": "Sông Mã = TT Sông Mã, Nà Nghịu; Bó Sinh = Bó Sinh, Pú Bẩu, Chiềng En; "
    "Chiềng Khương = Chiềng Khương, Mường Sai; Mường Hung = Mường Hung, Mường Cai; "
    "Chiềng Khoong = Chiềng Khoong, Chiềng Cang; Mường Lầm = Mường Lầm, Đứa Mòn; "
    "Nậm Ty = Nậm Ty, Chiềng Phung; Huổi Một = Huổi Một, Nậm Mằn; "
    "Chiềng Sơ = Chiềng Sơ, Yên Hưng",
    "Sốp Cộp": "Sốp Cộp = Sốp Cộp, Mường Và, Nậm Lạnh; Púng Bánh = Púng Bánh, Sam Kha, Dồm Cang; "
    "Mường Lèo = Mường Lèo; Mường Lạn = Mường Lạn",
    "Thuận Châu": "Thuận Châu = TT Thuận Châu, Chiềng Ly, Thôm Mòn, Tông Lạnh, Phổng Lăng, Chiềng Pấc; "
    "Chiềng La = Chiềng La, Chiềng Ngàm, Noong Lay, Tông Cọ; "
    "Nậm Lầu = Nậm Lầu, Chiềng Bôm, Púng Tra; Muổi Nọi = Muổi Nọi, Bản Lầm, Bon Phặng; "
    "Mường Khiêng = Mường Khiêng, Liệp Tè, Bó Mười; Co Mạ = Co Mạ, Co Tòng, Pá Lông; "
    "Bình Thuận = Chiềng Pha, Phổng Lái; Mường É = Mường É, Phổng Lập; "
    "Long Hẹ = Long Hẹ, É Tòng; Mường Bám = Mường Bám",
    "Vân Hồ": "Vân Hồ = Vân Hồ, Lóng Luông, Chiềng Yên, Mường Men; "
    "Song Khủa = Song Khủa, Mường Tè, Liên Hòa, Quang Minh; "
    "Tô Múa = Tô Múa, Chiềng Khoa, Suối Bàng; Xuân Nha = Xuân Nha, Tân Xuân; "
    "Chiềng Sơn = Chiềng Xuân",
    "Yên Châu": "Yên Châu = TT Yên Châu, Viêng Lán, Chiềng Pằn, Chiềng Sàng, Sập Vạt, Chiềng Khoi, "
    "Chiềng Đông; "
    "Chiềng Hặc = Chiềng Hặc, Tú Nang, Mường Lựm; Lóng Phiêng = Lóng Phiêng, Chiềng Tương; "
    "Yên Sơn = Yên Sơn, Chiềng On; Phiêng Khoài = Phiêng Khoài",
}
"""District of 2022 → communes of 2025 (P ward, else commune) = communes of 2022 (P ward, TT township, else
commune) merged into each. Chiềng Sơn took in a commune of the neighbouring district."""

NAME_PARTS: Final[dict[Region, tuple[str, str]]] = {
    Region.UPLAND: (
        "Mường Nậm Chiềng Pá Tả Bản Nà Hua Khe Yên Tân Phú Hồng Minh Quang Vĩnh Trung Thượng Đồng "
        "Xuân Lũng Cao Bảo Kim Bình Hòa Thanh Lương Hợp Tiên",
        "Sơn Lâm Khương Lạc Thịnh Phong Hà Lang Tiến Chải Phìn Than Lay Mạ Khoang Bon Cài Thủy Long "
        "Cường Đô Hưng Khánh Thái Phúc Mai Vân Thành Lộc Bằng",
    ),
    Region.DELTA: (
        "Đông Tây Nam Bắc Đại Tân Liên Hồng Minh Quang Thanh Phú Xuân Vân Hải Giao Nghĩa Trực Yên "
        "Hưng Thụy Vũ Quỳnh Việt Đức Cẩm Kim Hoàng Văn Thượng",
        "Sơn Phong Thịnh Hải Hà Giang Lâm Lộc Khê Châu Xá Tiến Hưng Hòa Ninh Cường Lạc Thái Bình "
        "Dương Trung Đô An Hội Long Thắng Lợi Thành Mỹ Đồng",
    ),
    Region.COAST: (
        "Hoằng Quảng Diễn Nghi Hương Cẩm Kỳ Thạch Phước Bình Hòa Tịnh Hành Nhơn Cát Mỹ An Tam Duy Đại "
        "Điện Triệu Hải Gio Vĩnh Phong Lộc Vinh Xuân Ninh",
        "Hải Sơn Lâm Thành Thắng Lợi Trung Thạch Khê Trạch Thủy Phú Hiệp Hưng Châu Đức Minh Lộc Tân "
        "Phong Thọ Ân Thuận Thanh An Hà Giang Mỹ Phúc Nghĩa",
    ),
    Region.HIGHLAND: (
        "Ea Ia Krông Cư Chư Đắk Đạ Buôn Kon Plei Tân Phú Hòa Quảng Nam Lộc Hà Xuân An Thuận Nghĩa Đức "
        "Bình Cát Gia Nhân Trường Liên Đinh Yang",
        "Tiêu Drông Mgar Hleo Kly Rơ Sơn Hà Tân Lâm Phú Thành Hòa Yang Nuôl Ktur Ning Bhôk Púk Kpam "
        "Tul Trang Lốp Bông Mlah Sa Blang Hlốp Ko Nung",
    ),
    Region.SOUTH: (
        "Tân Phú Bình Long An Vĩnh Thạnh Hòa Mỹ Phước Hiệp Định Thới Trường Lương Hưng Đông Châu Nhơn "
        "Thuận Hậu Khánh Trung Tam Lộc Xuân Bàu Giồng Hựu Thanh",
        "Thạnh Hòa Phú Đông Tây An Lợi Thành Trung Hưng Long Hiệp Mỹ Bình Phước Định Thuận Điền Trị "
        "Khánh Nhơn Ninh Hậu Lộc Xuân Thới Quới Sơn Hải Tân",
    ),
}
"""First and second syllables of commune names: 30 × 30 in each region."""
