"""The 63 provinces of 2022, their districts, and the 34 provinces of 2025: a table and nothing else.

Sources: codes Hnn of QCVN 102:2016/BTTTT and QĐ 20/2020/QĐ-TTg; administrative units of mid-2022 (63
provinces, 705 districts, 10,599 communes); Resolution 202/2025/QH15 and the 34 resolutions on communes of
2025 (34 provinces, 3,321 communes).

Provinces are numbered in the alphabetical order of their Vietnamese names without marks and spaces (Bắc
Giang, Bắc Kạn, Bạc Liêu, Bắc Ninh, Bà Rịa - Vũng Tàu); Hậu Giang, founded last, stands behind Hồ Chí Minh.

Each entry of `_TABLE`: number | name | kind | region | communes 2022 | number of the province that holds its
land since 1 July 2025 | communes 2025, where it lives on; then, indented, its districts of 2022 (TP city, TX
town, Q urban district, else rural district), the seat of the province first.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple


class Region(Enum):
    """Where a province lies; its communes are named in that manner."""

    UPLAND = "Trung du và miền núi phía Bắc"
    DELTA = "Đồng bằng sông Hồng"
    COAST = "Duyên hải miền Trung"
    HIGHLAND = "Tây Nguyên"
    SOUTH = "Nam Bộ"


class District(NamedTuple):
    """`kind` as it is written before a name: thành phố, thị xã, quận, huyện."""

    kind: str
    name: str


class Province(NamedTuple):
    """One of the 63. It lives on after 1 July 2025 if and only if `into` is its own number."""

    number: int
    name: str
    kind: str
    region: Region
    communes_2022: int
    into: int
    communes_2025: int
    districts: tuple[District, ...]


_TABLE: Final = """
01 | An Giang | tỉnh | SOUTH | 156 | 01 | 102
    TP Long Xuyên, TP Châu Đốc, TX Tân Châu, An Phú, Châu Phú, Châu Thành, Chợ Mới, Phú Tân, Thoại Sơn,
    Tịnh Biên, Tri Tôn
02 | Bắc Giang | tỉnh | UPLAND | 209 | 05 | 0
    TP Bắc Giang, Hiệp Hòa, Lạng Giang, Lục Nam, Lục Ngạn, Sơn Động, Tân Yên, Việt Yên, Yên Dũng,
    Yên Thế
03 | Bắc Kạn | tỉnh | UPLAND | 108 | 55 | 0
    TP Bắc Kạn, Ba Bể, Bạch Thông, Chợ Đồn, Chợ Mới, Na Rì, Ngân Sơn, Pác Nặm
04 | Bạc Liêu | tỉnh | SOUTH | 64 | 12 | 0
    TP Bạc Liêu, TX Giá Rai, Đông Hải, Hòa Bình, Hồng Dân, Phước Long, Vĩnh Lợi
05 | Bắc Ninh | tỉnh | DELTA | 126 | 05 | 99
    TP Bắc Ninh, TP Từ Sơn, Gia Bình, Lương Tài, Quế Võ, Thuận Thành, Tiên Du, Yên Phong
06 | Bà Rịa - Vũng Tàu | tỉnh | SOUTH | 82 | 29 | 0
    TP Vũng Tàu, TP Bà Rịa, TX Phú Mỹ, Châu Đức, Côn Đảo, Đất Đỏ, Long Điền, Xuyên Mộc
07 | Bến Tre | tỉnh | SOUTH | 157 | 61 | 0
    TP Bến Tre, Ba Tri, Bình Đại, Châu Thành, Chợ Lách, Giồng Trôm, Mỏ Cày Bắc, Mỏ Cày Nam, Thạnh Phú
08 | Bình Định | tỉnh | COAST | 159 | 21 | 0
    TP Quy Nhơn, TX An Nhơn, TX Hoài Nhơn, An Lão, Hoài Ân, Phù Cát, Phù Mỹ, Tây Sơn, Tuy Phước,
    Vân Canh, Vĩnh Thạnh
09 | Bình Dương | tỉnh | SOUTH | 91 | 29 | 0
    TP Thủ Dầu Một, TP Dĩ An, TP Thuận An, TX Bến Cát, TX Tân Uyên, Bàu Bàng, Bắc Tân Uyên, Dầu Tiếng,
    Phú Giáo
10 | Bình Phước | tỉnh | SOUTH | 111 | 19 | 0
    TP Đồng Xoài, TX Bình Long, TX Phước Long, Bù Đăng, Bù Đốp, Bù Gia Mập, Chơn Thành, Đồng Phú,
    Hớn Quản, Lộc Ninh, Phú Riềng
11 | Bình Thuận | tỉnh | COAST | 124 | 36 | 0
    TP Phan Thiết, TX La Gi, Bắc Bình, Đức Linh, Hàm Tân, Hàm Thuận Bắc, Hàm Thuận Nam, Phú Quý,
    Tánh Linh, Tuy Phong
12 | Cà Mau | tỉnh | SOUTH | 101 | 12 | 64
    TP Cà Mau, Cái Nước, Đầm Dơi, Năm Căn, Ngọc Hiển, Phú Tân, Thới Bình, Trần Văn Thời, U Minh
13 | Cần Thơ | thành phố | SOUTH | 83 | 13 | 103
    Q Ninh Kiều, Q Bình Thủy, Q Cái Răng, Q Ô Môn, Q Thốt Nốt, Cờ Đỏ, Phong Điền, Thới Lai, Vĩnh Thạnh
14 | Cao Bằng | tỉnh | UPLAND | 161 | 14 | 56
    TP Cao Bằng, Bảo Lạc, Bảo Lâm, Hà Quảng, Hạ Lang, Hòa An, Nguyên Bình, Quảng Hòa, Thạch An,
    Trùng Khánh
15 | Đắk Lắk | tỉnh | HIGHLAND | 184 | 15 | 102
    TP Buôn Ma Thuột, TX Buôn Hồ, Buôn Đôn, Cư Kuin, Cư M'gar, Ea H'leo, Ea Kar, Ea Súp, Krông Ana,
    Krông Bông, Krông Búk, Krông Năng, Krông Pắc, Lắk, M'Drắk
16 | Đắk Nông | tỉnh | HIGHLAND | 71 | 36 | 0
    TP Gia Nghĩa, Cư Jút, Đắk Glong, Đắk Mil, Đắk R'lấp, Đắk Song, Krông Nô, Tuy Đức
17 | Đà Nẵng | thành phố | COAST | 56 | 17 | 94
    Q Hải Châu, Q Cẩm Lệ, Q Liên Chiểu, Q Ngũ Hành Sơn, Q Sơn Trà, Q Thanh Khê, Hòa Vang, Hoàng Sa
18 | Điện Biên | tỉnh | UPLAND | 129 | 18 | 45
    TP Điện Biên Phủ, TX Mường Lay, Điện Biên, Điện Biên Đông, Mường Ảng, Mường Chà, Mường Nhé, Nậm Pồ,
    Tủa Chùa, Tuần Giáo
19 | Đồng Nai | tỉnh | SOUTH | 170 | 19 | 95
    TP Biên Hòa, TP Long Khánh, Cẩm Mỹ, Định Quán, Long Thành, Nhơn Trạch, Tân Phú, Thống Nhất,
    Trảng Bom, Vĩnh Cửu, Xuân Lộc
20 | Đồng Tháp | tỉnh | SOUTH | 143 | 20 | 102
    TP Cao Lãnh, TP Hồng Ngự, TP Sa Đéc, Cao Lãnh, Châu Thành, Hồng Ngự, Lai Vung, Lấp Vò, Tam Nông,
    Tân Hồng, Thanh Bình, Tháp Mười
21 | Gia Lai | tỉnh | HIGHLAND | 220 | 21 | 135
    TP Pleiku, TX An Khê, TX Ayun Pa, Chư Păh, Chư Prông, Chư Pưh, Chư Sê, Đak Đoa, Đak Pơ, Đức Cơ,
    Ia Grai, Ia Pa, K'Bang, Kông Chro, Krông Pa, Mang Yang, Phú Thiện
22 | Hà Giang | tỉnh | UPLAND | 193 | 60 | 0
    TP Hà Giang, Bắc Mê, Bắc Quang, Đồng Văn, Hoàng Su Phì, Mèo Vạc, Quản Bạ, Quang Bình, Vị Xuyên,
    Xín Mần, Yên Minh
23 | Hải Dương | tỉnh | DELTA | 235 | 24 | 0
    TP Hải Dương, TP Chí Linh, TX Kinh Môn, Bình Giang, Cẩm Giàng, Gia Lộc, Kim Thành, Nam Sách,
    Ninh Giang, Thanh Hà, Thanh Miện, Tứ Kỳ
24 | Hải Phòng | thành phố | DELTA | 217 | 24 | 114
    Q Hồng Bàng, Q Dương Kinh, Q Đồ Sơn, Q Hải An, Q Kiến An, Q Lê Chân, Q Ngô Quyền, An Dương, An Lão,
    Bạch Long Vĩ, Cát Hải, Kiến Thụy, Thủy Nguyên, Tiên Lãng, Vĩnh Bảo
25 | Hà Nam | tỉnh | DELTA | 109 | 42 | 0
    TP Phủ Lý, TX Duy Tiên, Bình Lục, Kim Bảng, Lý Nhân, Thanh Liêm
26 | Hà Nội | thành phố | DELTA | 579 | 26 | 126
    Q Ba Đình, Q Bắc Từ Liêm, Q Cầu Giấy, Q Đống Đa, Q Hà Đông, Q Hai Bà Trưng, Q Hoàn Kiếm, Q Hoàng Mai,
    Q Long Biên, Q Nam Từ Liêm, Q Tây Hồ, Q Thanh Xuân, TX Sơn Tây, Ba Vì, Chương Mỹ, Đan Phượng,
    Đông Anh, Gia Lâm, Hoài Đức, Mê Linh, Mỹ Đức, Phú Xuyên, Phúc Thọ, Quốc Oai, Sóc Sơn, Thạch Thất,
    Thanh Oai, Thanh Trì, Thường Tín, Ứng Hòa
27 | Hà Tĩnh | tỉnh | COAST | 216 | 27 | 69
    TP Hà Tĩnh, TX Hồng Lĩnh, TX Kỳ Anh, Can Lộc, Cẩm Xuyên, Đức Thọ, Hương Khê, Hương Sơn, Kỳ Anh,
    Lộc Hà, Nghi Xuân, Thạch Hà, Vũ Quang
28 | Hòa Bình | tỉnh | UPLAND | 151 | 44 | 0
    TP Hòa Bình, Cao Phong, Đà Bắc, Kim Bôi, Lạc Sơn, Lạc Thủy, Lương Sơn, Mai Châu, Tân Lạc, Yên Thủy
29 | Hồ Chí Minh | thành phố | SOUTH | 312 | 29 | 168
    TP Thủ Đức, Q 1, Q 3, Q 4, Q 5, Q 6, Q 7, Q 8, Q 10, Q 11, Q 12, Q Bình Tân, Q Bình Thạnh, Q Gò Vấp,
    Q Phú Nhuận, Q Tân Bình, Q Tân Phú, Bình Chánh, Cần Giờ, Củ Chi, Hóc Môn, Nhà Bè
30 | Hậu Giang | tỉnh | SOUTH | 75 | 13 | 0
    TP Vị Thanh, TP Ngã Bảy, TX Long Mỹ, Châu Thành, Châu Thành A, Long Mỹ, Phụng Hiệp, Vị Thủy
31 | Hưng Yên | tỉnh | DELTA | 161 | 31 | 104
    TP Hưng Yên, TX Mỹ Hào, Ân Thi, Khoái Châu, Kim Động, Phù Cừ, Tiên Lữ, Văn Giang, Văn Lâm, Yên Mỹ
32 | Khánh Hòa | tỉnh | COAST | 139 | 32 | 65
    TP Nha Trang, TP Cam Ranh, TX Ninh Hòa, Cam Lâm, Diên Khánh, Khánh Sơn, Khánh Vĩnh, Trường Sa,
    Vạn Ninh
33 | Kiên Giang | tỉnh | SOUTH | 144 | 01 | 0
    TP Rạch Giá, TP Hà Tiên, TP Phú Quốc, An Biên, An Minh, Châu Thành, Giang Thành, Giồng Riềng,
    Gò Quao, Hòn Đất, Kiên Hải, Kiên Lương, Tân Hiệp, U Minh Thượng, Vĩnh Thuận
34 | Kon Tum | tỉnh | HIGHLAND | 102 | 48 | 0
    TP Kon Tum, Đăk Glei, Đăk Hà, Đăk Tô, Ia H'Drai, Kon Plông, Kon Rẫy, Ngọc Hồi, Sa Thầy, Tu Mơ Rông
35 | Lai Châu | tỉnh | UPLAND | 106 | 35 | 38
    TP Lai Châu, Mường Tè, Nậm Nhùn, Phong Thổ, Sìn Hồ, Tam Đường, Tân Uyên, Than Uyên
36 | Lâm Đồng | tỉnh | HIGHLAND | 142 | 36 | 124
    TP Đà Lạt, TP Bảo Lộc, Bảo Lâm, Cát Tiên, Di Linh, Đạ Huoai, Đạ Tẻh, Đam Rông, Đơn Dương, Đức Trọng,
    Lạc Dương, Lâm Hà
37 | Lạng Sơn | tỉnh | UPLAND | 200 | 37 | 65
    TP Lạng Sơn, Bắc Sơn, Bình Gia, Cao Lộc, Chi Lăng, Đình Lập, Hữu Lũng, Lộc Bình, Tràng Định,
    Văn Lãng, Văn Quan
38 | Lào Cai | tỉnh | UPLAND | 152 | 38 | 99
    TP Lào Cai, TX Sa Pa, Bắc Hà, Bảo Thắng, Bảo Yên, Bát Xát, Mường Khương, Si Ma Cai, Văn Bàn
39 | Long An | tỉnh | SOUTH | 188 | 53 | 0
    TP Tân An, TX Kiến Tường, Bến Lức, Cần Đước, Cần Giuộc, Châu Thành, Đức Hòa, Đức Huệ, Mộc Hóa,
    Tân Hưng, Tân Thạnh, Tân Trụ, Thạnh Hóa, Thủ Thừa, Vĩnh Hưng
40 | Nam Định | tỉnh | DELTA | 226 | 42 | 0
    TP Nam Định, Giao Thủy, Hải Hậu, Mỹ Lộc, Nam Trực, Nghĩa Hưng, Trực Ninh, Vụ Bản, Xuân Trường, Ý Yên
41 | Nghệ An | tỉnh | COAST | 460 | 41 | 130
    TP Vinh, TX Cửa Lò, TX Hoàng Mai, TX Thái Hòa, Anh Sơn, Con Cuông, Diễn Châu, Đô Lương, Hưng Nguyên,
    Kỳ Sơn, Nam Đàn, Nghi Lộc, Nghĩa Đàn, Quế Phong, Quỳ Châu, Quỳ Hợp, Quỳnh Lưu, Tân Kỳ, Thanh Chương,
    Tương Dương, Yên Thành
42 | Ninh Bình | tỉnh | DELTA | 143 | 42 | 129
    TP Ninh Bình, TP Tam Điệp, Gia Viễn, Hoa Lư, Kim Sơn, Nho Quan, Yên Khánh, Yên Mô
43 | Ninh Thuận | tỉnh | COAST | 65 | 32 | 0
    TP Phan Rang - Tháp Chàm, Bác Ái, Ninh Hải, Ninh Phước, Ninh Sơn, Thuận Bắc, Thuận Nam
44 | Phú Thọ | tỉnh | UPLAND | 225 | 44 | 148
    TP Việt Trì, TX Phú Thọ, Cẩm Khê, Đoan Hùng, Hạ Hòa, Lâm Thao, Phù Ninh, Tam Nông, Tân Sơn, Thanh Ba,
    Thanh Sơn, Thanh Thủy, Yên Lập
45 | Phú Yên | tỉnh | COAST | 110 | 15 | 0
    TP Tuy Hòa, TX Đông Hòa, TX Sông Cầu, Đồng Xuân, Phú Hòa, Sông Hinh, Sơn Hòa, Tây Hòa, Tuy An
46 | Quảng Bình | tỉnh | COAST | 151 | 50 | 0
    TP Đồng Hới, TX Ba Đồn, Bố Trạch, Lệ Thủy, Minh Hóa, Quảng Ninh, Quảng Trạch, Tuyên Hóa
47 | Quảng Nam | tỉnh | COAST | 241 | 17 | 0
    TP Tam Kỳ, TP Hội An, TX Điện Bàn, Bắc Trà My, Đại Lộc, Đông Giang, Duy Xuyên, Hiệp Đức, Nam Giang,
    Nam Trà My, Nông Sơn, Núi Thành, Phú Ninh, Phước Sơn, Quế Sơn, Tây Giang, Thăng Bình, Tiên Phước
48 | Quảng Ngãi | tỉnh | COAST | 173 | 48 | 96
    TP Quảng Ngãi, TX Đức Phổ, Ba Tơ, Bình Sơn, Lý Sơn, Minh Long, Mộ Đức, Nghĩa Hành, Sơn Hà, Sơn Tây,
    Sơn Tịnh, Trà Bồng, Tư Nghĩa
49 | Quảng Ninh | tỉnh | DELTA | 177 | 49 | 54
    TP Hạ Long, TP Cẩm Phả, TP Móng Cái, TP Uông Bí, TX Đông Triều, TX Quảng Yên, Ba Chẽ, Bình Liêu,
    Cô Tô, Đầm Hà, Hải Hà, Tiên Yên, Vân Đồn
50 | Quảng Trị | tỉnh | COAST | 125 | 50 | 78
    TP Đông Hà, TX Quảng Trị, Cam Lộ, Cồn Cỏ, Đakrông, Gio Linh, Hải Lăng, Hướng Hóa, Triệu Phong,
    Vĩnh Linh
51 | Sóc Trăng | tỉnh | SOUTH | 109 | 13 | 0
    TP Sóc Trăng, TX Ngã Năm, TX Vĩnh Châu, Châu Thành, Cù Lao Dung, Kế Sách, Long Phú, Mỹ Tú, Mỹ Xuyên,
    Thạnh Trị, Trần Đề
52 | Sơn La | tỉnh | UPLAND | 204 | 52 | 75
    TP Sơn La, Bắc Yên, Mai Sơn, Mộc Châu, Mường La, Phù Yên, Quỳnh Nhai, Sông Mã, Sốp Cộp, Thuận Châu,
    Vân Hồ, Yên Châu
53 | Tây Ninh | tỉnh | SOUTH | 94 | 53 | 96
    TP Tây Ninh, TX Hòa Thành, TX Trảng Bàng, Bến Cầu, Châu Thành, Dương Minh Châu, Gò Dầu, Tân Biên,
    Tân Châu
54 | Thái Bình | tỉnh | DELTA | 260 | 31 | 0
    TP Thái Bình, Đông Hưng, Hưng Hà, Kiến Xương, Quỳnh Phụ, Thái Thụy, Tiền Hải, Vũ Thư
55 | Thái Nguyên | tỉnh | UPLAND | 178 | 55 | 92
    TP Thái Nguyên, TP Sông Công, TP Phổ Yên, Đại Từ, Định Hóa, Đồng Hỷ, Phú Bình, Phú Lương, Võ Nhai
56 | Thanh Hóa | tỉnh | COAST | 559 | 56 | 166
    TP Thanh Hóa, TP Sầm Sơn, TX Bỉm Sơn, TX Nghi Sơn, Bá Thước, Cẩm Thủy, Đông Sơn, Hà Trung, Hậu Lộc,
    Hoằng Hóa, Lang Chánh, Mường Lát, Nga Sơn, Ngọc Lặc, Như Thanh, Như Xuân, Nông Cống, Quan Hóa,
    Quan Sơn, Quảng Xương, Thạch Thành, Thiệu Hóa, Thọ Xuân, Thường Xuân, Triệu Sơn, Vĩnh Lộc, Yên Định
57 | Thừa Thiên Huế | tỉnh | COAST | 141 | 57 | 40
    TP Huế, TX Hương Thủy, TX Hương Trà, A Lưới, Nam Đông, Phong Điền, Phú Lộc, Phú Vang, Quảng Điền
58 | Tiền Giang | tỉnh | SOUTH | 172 | 20 | 0
    TP Mỹ Tho, TX Cai Lậy, TX Gò Công, Cái Bè, Cai Lậy, Châu Thành, Chợ Gạo, Gò Công Đông, Gò Công Tây,
    Tân Phú Đông, Tân Phước
59 | Trà Vinh | tỉnh | SOUTH | 106 | 61 | 0
    TP Trà Vinh, TX Duyên Hải, Càng Long, Cầu Kè, Cầu Ngang, Châu Thành, Duyên Hải, Tiểu Cần, Trà Cú
60 | Tuyên Quang | tỉnh | UPLAND | 138 | 60 | 124
    TP Tuyên Quang, Chiêm Hóa, Hàm Yên, Lâm Bình, Na Hang, Sơn Dương, Yên Sơn
61 | Vĩnh Long | tỉnh | SOUTH | 107 | 61 | 124
    TP Vĩnh Long, TX Bình Minh, Bình Tân, Long Hồ, Mang Thít, Tam Bình, Trà Ôn, Vũng Liêm
62 | Vĩnh Phúc | tỉnh | DELTA | 136 | 44 | 0
    TP Vĩnh Yên, TP Phúc Yên, Bình Xuyên, Lập Thạch, Sông Lô, Tam Dương, Tam Đảo, Vĩnh Tường, Yên Lạc
63 | Yên Bái | tỉnh | UPLAND | 173 | 38 | 0
    TP Yên Bái, TX Nghĩa Lộ, Lục Yên, Mù Cang Chải, Trạm Tấu, Trấn Yên, Văn Chấn, Văn Yên, Yên Bình
"""

_DISTRICT_KINDS: Final = {"TP": "thành phố", "TX": "thị xã", "Q": "quận"}


def _district(text: str) -> District:
    mark, _, rest = text.partition(" ")
    return District(_DISTRICT_KINDS[mark], rest) if mark in _DISTRICT_KINDS else District("huyện", text)


def _province(entry: str) -> Province:
    head, _, tail = entry.partition("\n")
    number, name, kind, region, communes_2022, into, communes_2025 = head.split(" | ")
    districts = tuple(_district(d) for d in " ".join(tail.split()).split(", "))
    return Province(
        int(number), name, kind, Region[region], int(communes_2022), int(into), int(communes_2025), districts
    )


def _entries() -> list[str]:
    entries: list[str] = []
    for line in _TABLE.strip().splitlines():
        if line.startswith(" "):
            entries[-1] += "\n" + line
        else:
            entries.append(line)
    return entries


PROVINCES: Final[tuple[Province, ...]] = tuple(_province(entry) for entry in _entries())
