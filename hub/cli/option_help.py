"""The help of options in Vietnamese, by their help in English."""

from __future__ import annotations

from typing import Final

from hub.cli.option_help_desk import DESK
from hub.cli.option_help_results import RESULTS
from hub.cli.reports_help import REPORTS

VIETNAMESE: Final = {
    **REPORTS,
    **RESULTS,
    # headings, and additions of click
    "Options": "Tùy chọn",
    "Commands": "Lệnh",
    "Show this message and exit.": "Hiện trợ giúp này rồi thoát.",
    "Show the version and exit.": "Hiện phiên bản rồi thoát.",
    # common options
    "One JSON value on stdout, nothing else.": "Chỉ in một giá trị JSON ra stdout.",
    "Print one JSON object.": "In một đối tượng JSON.",
    "Language of the output.": "Ngôn ngữ của kết quả.",
    "Address of the hub.": "Địa chỉ của Trục.",
    "The CA of the hub's TLS certificate, PEM or DER.": "Chứng thư của CA cấp TLS cho Trục, PEM hoặc DER.",
    "Folder of keys.": "Thư mục khóa.",
    "File with the passphrase of the keys.": "Tệp chứa mật khẩu của khóa.",
    "Sign with this key: PEM, PKCS#12 (.p12, .pfx), or on a token pkcs11:… [that of the folder of keys].": (
        "Ký bằng khóa này: PEM, PKCS#12 (.p12, .pfx), hoặc trên thiết bị lưu khóa pkcs11:… [khóa trong thư mục khóa]."
    ),
    "Certificate of --key, where it does not lie with it.": "Chứng thư của --key, nếu không nằm cùng khóa.",
    "Show the agency's certificate in TLS, ask for no token.": (
        "Xuất trình chứng thư của đơn vị khi kết nối TLS, không xin mã truy cập."
    ),
    'Proxy to the hub, "" for none [HTTPS_PROXY, HTTP_PROXY, NO_PROXY of the environment].': (
        'Máy chủ trung gian đến Trục, "" là không dùng [biến môi trường HTTPS_PROXY, HTTP_PROXY, NO_PROXY].'
    ),
    "Trust policy for receipts [<keys>/anchors/log.policy].": (
        "Chính sách tin cậy để xác minh biên nhận [<keys>/anchors/log.policy]."
    ),
    "Roots, issuers and CRLs to verify signatures with, a folder or file [<keys>/anchors].": (
        "CA gốc, CA trung gian và CRL để xác minh chữ ký, thư mục hoặc tệp [<keys>/anchors]."
    ),
    "Agencies with their certificates as you trust them [the certificate's own name, else the hub's directory].": (
        "Danh mục đơn vị và chứng thư mà bạn tin [tên trong chứng thư, nếu không thì danh mục của Trục]."
    ),
    "Your agency's code.": "Mã định danh của đơn vị mình.",
    "With the auditor's key: objects too, each export on record.": (
        "Bằng khóa kiểm toán viên: lấy cả các đối tượng, mỗi lần trích xuất đều được ghi lại."
    ),
    "The document: its identifier on the axis, DocumentId, or number/notation.": (
        "Văn bản: định danh trên Trục, DocumentId, hoặc số/ký hiệu."
    ),
    # serve, sandbox, init, ready, config
    "Settings in TOML; defaults without.": "Tệp cấu hình TOML; không có thì dùng mặc định.",
    "Folder of the store, in place of the settings'.": "Thư mục dữ liệu, thay cho cấu hình.",
    "Folder of the keys, in place of the settings'.": "Thư mục khóa, thay cho cấu hình.",
    "Address to listen on, in place of the settings'.": "Địa chỉ lắng nghe, thay cho cấu hình.",
    "Port to listen on, in place of the settings'.": "Cổng lắng nghe, thay cho cấu hình.",
    "In place of the settings'.": "Thay cho cấu hình.",
    "Print one JSON object with the address once it listens.": "In một đối tượng JSON có địa chỉ khi đã lắng nghe.",
    "Print one JSON object with the addresses once it listens.": (
        "In một đối tượng JSON có các địa chỉ khi đã lắng nghe."
    ),
    "Which country.": "Danh mục của năm nào.",
    "With a witness of its log, on the next port.": "Kèm một nhân chứng nhật ký, ở cổng kế tiếp.",
    "With an RFC 3161 authority that stamps its log, two ports on.": (
        "Kèm một dịch vụ dấu thời gian RFC 3161 cho nhật ký, ở cổng thứ hai kế tiếp."
    ),
    "Begin again: the folder is removed first.": "Bắt đầu lại: xóa thư mục trước.",
    "Name under which agencies reach the hub.": "Tên miền mà các đơn vị dùng để kết nối tới Trục.",
    "Who runs it; stands in the requests.": "Cơ quan vận hành; ghi trong các yêu cầu cấp chứng thư.",
    "Who asks; stands in the request.": "Cơ quan yêu cầu; ghi trong yêu cầu cấp chứng thư.",
    "Name of the log, for ever [<host>/log].": "Tên nhật ký, không đổi về sau [<host>/log].",
    "Name of the hub's log.": "Tên nhật ký của Trục.",
    "Of the server, for tls; may be given again.": "Tên máy chủ, cho tls; có thể lặp lại.",
    "Do not ask: the clock was compared.": "Không hỏi: đồng hồ đã được đối chiếu.",
    # witness, tsa
    "The witness' name for ever: an address that you own, without https://.": (
        "Tên nhân chứng, không đổi về sau: một địa chỉ bạn sở hữu, không có https://."
    ),
    "An ML-DSA-44 key beside the Ed25519 key.": "Thêm khóa ML-DSA-44 bên cạnh khóa Ed25519.",
    "The witness' key and memory.": "Khóa và bộ nhớ của nhân chứng.",
    "Public key of a log to be witnessed; several.": "Khóa công khai của nhật ký cần chứng kiến; có thể lặp lại.",
    "A policy file: the logs in it are witnessed.": "Tệp chính sách: chứng kiến các nhật ký trong đó.",
    "PEM; with --tls-key. Without both plain HTTP.": "Tệp PEM; đi với --tls-key. Thiếu cả hai thì dùng HTTP thường.",
    "PEM.": "Tệp PEM.",
    # send
    "A recipient; may be repeated.": "Đơn vị nhận; lặp lại cho từng đơn vị.",
    "Subject (trích yếu).": "Trích yếu.",
    "Number (số) [the time of sending, MMDDhhmmss and tenths].": "Số [thời điểm gửi, MMDDhhmmss và phần mười giây].",
    "Notation (ký hiệu), VPCP-KSTT [the agency's short code].": "Ký hiệu, VPCP-KSTT [mã ngắn của đơn vị].",
    "Promulgation date [today].": "Ngày ban hành [hôm nay].",
    "DocumentId [<code>,<date>,<number>/<notation>].": "DocumentId [<mã>,<ngày>,<số>/<ký hiệu>].",
    "Name of the document's type.": "Tên loại văn bản.",
    "0 normal … 3 most urgent, 4 urgent at a set time.": "0 thường … 3 hỏa tốc, 4 hỏa tốc hẹn giờ.",
    "Summary of the content.": "Tóm tắt nội dung.",
    "Place of promulgation [the agency's address].": "Nơi ban hành [địa chỉ của đơn vị].",
    "Full name of the signer [the agency itself].": "Họ tên người ký [chính đơn vị].",
    "Position of the signer.": "Chức vụ người ký.",
    "TL. KT. TM. …": "Thẩm quyền ký: TL. KT. TM. …",
    "Due date: until when an answer is asked for.": "Hạn trả lời.",
    "Answers this received document [--to: its sender].": "Trả lời văn bản đã nhận này [--to: nơi gửi nó].",
    "Code of a task that it assigns or reports on.": "Mã nhiệm vụ mà văn bản giao hoặc báo cáo.",
    "1 assigns a task, 2 reports on one.": "1 giao nhiệm vụ, 2 báo cáo nhiệm vụ.",
    "MCDT_DT: dossier of the one-stop shop.": "MCDT_DT: hồ sơ một cửa.",
    "Updates this document that was sent (business type 2).": "Cập nhật văn bản đã gửi này (nghiệp vụ 2).",
    "Replaces it (3).": "Thay thế văn bản này (3).",
    "Recalls it (1).": "Thu hồi văn bản này (1).",
    "Why it is updated, replaced or recalled.": "Lý do cập nhật, thay thế hoặc thu hồi.",
    "With --update-of: now a recipient.": "Cùng --update-of: thêm đơn vị nhận.",
    "With --update-of: no longer a recipient.": "Cùng --update-of: bỏ đơn vị nhận.",
    "Send this edXML message in place of composing one.": "Gửi gói tin edXML này thay vì soạn mới.",
    "With --edxml, a folder or messages: sign first what is not signed.": (
        "Cùng --edxml, thư mục hoặc gói tin: ký trước những gói chưa ký."
    ),
    "Also keep the signed message here.": "Lưu thêm gói tin đã ký tại đây.",
    "Where to keep the receipt [<id>.tlog-proof].": "Nơi lưu biên nhận [<id>.tlog-proof].",
    # agencies' health
    "Not heard of after this day or time [a day ago].": "Không thấy kết nối sau ngày hoặc giờ này [một ngày trước].",
    "Also those for which nothing waits.": "Cả những đơn vị không có văn bản chờ.",
    "operator, auditor, or itself.": "operator, auditor, hoặc chính đơn vị đó.",
    # webhooks
    "Only these events; several.": "Chỉ các sự kiện này; có thể nhiều.",
    "A day of Vietnam or an RFC 3339 time: everything from then.": (
        "Ngày Việt Nam hoặc thời điểm RFC 3339: mọi sự kiện từ đó."
    ),
    "One of `truc webhooks failures`.": "Một mã trong `truc webhooks failures`.",
    "Of this machine; by default any that is free.": "Cổng của máy này; mặc định là cổng còn trống.",
    # inbox, fetch, ack, status, take-back, outbox, watch
    "Most lines of one page.": "Số dòng tối đa của một trang.",
    "All pages.": "Mọi trang.",
    "Most documents to take.": "Số văn bản nhận tối đa.",
    "Seconds to wait for the first one.": "Số giây chờ văn bản đầu tiên.",
    "Sign for the documents written; without it, they are offered again after their lease.": (
        "Ký xác nhận những văn bản đã ghi; nếu không, chúng được phát lại khi hết thời hạn giữ."
    ),
    "Unpack and sign for what does not verify here, too: as it came.": (
        "Mở và ký xác nhận cả văn bản không xác minh được ở đây: nguyên trạng."
    ),
    "Say that the content is unusable here, in place of received.": (
        "Báo nội dung không dùng được, thay cho xác nhận đã nhận."
    ),
    "Sign also for documents whose signature does not hold here.": (
        "Ký xác nhận cả văn bản có chữ ký không xác minh được ở đây."
    ),
    "01 arrived, 02 refused, 03 accepted, 04 assigned, 05 in progress, 06 done, 15 agreed, 16 disagreed.": (
        "01 đã đến, 02 từ chối, 03 tiếp nhận, 04 phân công, 05 đang xử lý, 06 hoàn thành, 15 đồng ý, 16 không đồng ý."
    ),
    "Why (02 and 16), or what else to say.": "Lý do (02 và 16), hoặc nội dung khác.",
    "Department that handles it.": "Phòng ban xử lý.",
    "Who handles it.": "Người xử lý.",
    "Why; the law wants one (NĐ 30/2020 Art. 18).": "Lý do; luật yêu cầu phải có (Điều 18 NĐ 30/2020).",
    "From this recipient only [from all].": "Chỉ thu hồi từ đơn vị nhận này [từ tất cả].",
    "One document, by any of its names: recipients and timeline.": (
        "Một văn bản, theo bất kỳ tên nào của nó: nơi nhận và diễn biến."
    ),
    "Begin after this event's id.": "Bắt đầu sau sự kiện có id này.",
    "End after so many events [never].": "Dừng sau bấy nhiêu sự kiện [không dừng].",
    "End after so many seconds [never].": "Dừng sau bấy nhiêu giây [không dừng].",
    # check, signatures
    "Folder of roots, issuers and CRLs to trust, as CAs hand them out: also judge the signature.": (
        "Thư mục CA gốc, CA trung gian và CRL được tin, như CA phát hành: kiểm tra cả chữ ký."
    ),
    "Folder of roots, issuers and CRLs to trust, as CAs hand them out.": (
        "Thư mục CA gốc, CA trung gian và CRL được tin, như CA phát hành."
    ),
    "Agencies with their certificates, as `truc agencies export --certificates` writes them.": (
        "Danh mục đơn vị kèm chứng thư, do `truc agencies export --certificates` ghi ra."
    ),
    "Write what is safely correctable to NAME.fixed.edxml, unsigned only.": (
        "Ghi các chỗ sửa được một cách an toàn vào TÊN.fixed.edxml, chỉ với gói tin chưa ký."
    ),
    "Findings as SARIF 2.1.0, for editors and CI.": "Kết quả theo SARIF 2.1.0, cho trình soạn thảo và CI.",
    "The least severity that makes the exit code 1.": "Mức nhẹ nhất khiến mã thoát là 1.",
    "The day to check dates against [today in Vietnam].": "Ngày dùng để kiểm tra các ngày [hôm nay, giờ Việt Nam].",
    "Name of the issuer, for a PDF that no message carries.": (
        "Tên cơ quan ban hành, cho tệp PDF không nằm trong gói tin."
    ),
    "Full name of the signer, for a PDF that no message carries.": (
        "Họ tên người ký, cho tệp PDF không nằm trong gói tin."
    ),
    # receipt, evidence
    "Whom you trust: logs, witnesses, quorum.": "Chính sách tin cậy của bạn: nhật ký, nhân chứng, số tối thiểu.",
    "The message's own bytes, to be compared with the digest.": "Nguyên văn gói tin, để đối chiếu với mã băm.",
    "What proves the document's signature without it: `signatures/` of a bundle.": (
        "Bằng chứng về chữ ký của văn bản khi không có văn bản: `signatures/` trong bộ hồ sơ."
    ),
    "What the other party signed: its acknowledgement (JWS) or status message.": (
        "Phần bên kia đã ký: xác nhận (JWS) hoặc gói tin trạng thái."
    ),
    "Write here, and leave the FILE as it is.": "Ghi vào đây, giữ nguyên TỆP.",
    "The identifier is that of an evidence, not of a message.": "Định danh là của bằng chứng, không phải của gói tin.",
    "Keep the receipt in this file.": "Lưu biên nhận vào tệp này.",
    "Write this ZIP file.": "Ghi ra tệp ZIP này.",
    "Enclose the document's own bytes.": "Kèm nguyên văn văn bản.",
    "Leave out signed status messages: they name people.": "Bỏ các gói tin trạng thái đã ký: chúng có tên người.",
    "One recipient's part of the life only.": "Chỉ phần diễn biến của một đơn vị nhận.",
    "Offline: the store of a hub that does not run, with its --keys.": (
        "Ngoại tuyến: dữ liệu của một Trục đang tắt, cùng --keys của nó."
    ),
    "Offline: the hub's settings.": "Ngoại tuyến: cấu hình của Trục.",
    "Root certificates that you trust, PEM or DER: a folder or a file; issuers and CRLs may lie beside them.": (
        "Chứng thư CA gốc bạn tin, PEM hoặc DER: thư mục hoặc tệp; CA trung gian và CRL có thể nằm cạnh."
    ),
    "The document as you have it: compared, and its signature examined.": (
        "Văn bản bạn đang có: được đối chiếu, và chữ ký được kiểm tra."
    ),
    "What is absent or not enclosed fails as well.": "Phần vắng mặt hoặc không kèm theo cũng là không đạt.",
    # search, accounts, webhooks
    "A task code of the document.": "Mã nhiệm vụ của văn bản.",
    "Accepted before then.": "Được tiếp nhận trước thời điểm này.",
    "Accepted then or later: a Vietnam day or RFC 3339.": (
        "Được tiếp nhận từ thời điểm này: ngày Việt Nam hoặc RFC 3339."
    ),
    "CSV on standard output; UTF-8 with BOM, safe in a spreadsheet.": (
        "Xuất CSV ra stdout; UTF-8 có BOM, an toàn khi mở bằng bảng tính."
    ),
    "Came in, or went out.": "Văn bản đến, hoặc văn bản đi.",
    "Documents of this agency, of which you act.": "Văn bản của đơn vị này, mà bạn thay mặt.",
    "Enable it again.": "Bật lại.",
    "First day, in Vietnam.": "Ngày đầu, giờ Việt Nam.",
    "How the person is called on pages.": "Tên hiển thị của người dùng.",
    "Its application type.": "Loại ứng dụng của văn bản.",
    "Last day, included.": "Ngày cuối, tính cả ngày này.",
    "Of a delivery.": "Trạng thái của một lượt chuyển.",
    "Of this agency, for which you act.": "Của đơn vị này, mà bạn thay mặt.",
    "Oldest first.": "Cũ nhất trước.",
    "On its signature.": "Kết luận về chữ ký.",
    "Promulgated on this day or earlier.": "Ban hành trong hoặc trước ngày này.",
    "Promulgated on this day or later.": "Ban hành trong hoặc sau ngày này.",
    "Below whom [yourself].": "Bên dưới đơn vị nào [đơn vị mình].",
    "Dossiers of one call.": "Số hồ sơ của một lời gọi.",
    "Dossiers.": "Số hồ sơ.",
    "First month [the last one].": "Tháng đầu [bằng tháng cuối].",
    "How they were handed in.": "Hình thức nộp.",
    "In whose name you speak (madonvi) [your own].": "Đồng bộ thay đơn vị nào (madonvi) [đơn vị mình].",
    "Last month [this one].": "Tháng cuối [tháng này].",
    "On the day of asking.": "Tính đến ngày hỏi.",
    "One-stop units that take them [your own].": "Bộ phận một cửa tiếp nhận [đơn vị mình].",
    "Sent of that day.": "Phần được gửi của ngày đó.",
    "The agency that solves it.": "Đơn vị giải quyết.",
    "What you are in them.": "Vai trò của đơn vị mình.",
    "[by the rows]": "[theo nội dung bản ghi]",
    "Sent by this agency.": "Do đơn vị này gửi.",
    "Sent to this agency.": "Gửi đến đơn vị này.",
    "Tier of a recipient.": "Cấp của đơn vị nhận.",
    "Tier of the sender.": "Cấp của đơn vị gửi.",
    "Under which you registered it: 1287, 1287/2026.": "Số đến trong sổ của bạn: 1287, 1287/2026.",
    "Urgency.": "Độ khẩn.",
    "Whose clerk it is.": "Là văn thư của đơn vị nào.",
    "Write an XLSX file of this name.": "Ghi tệp XLSX có tên này.",
    "Write everything to a file as it comes; its name ends in .csv, .xlsx or .jsonl.": (
        "Ghi toàn bộ vào tệp ngay khi nhận được; tên tệp có đuôi .csv, .xlsx hoặc .jsonl."
    ),
    **DESK,
    # log, report
    "Go on from this state; the log must continue it.": "Tiếp tục từ trạng thái này; nhật ký phải nối tiếp nó.",
    "Keep the state here for the next time, where the log held.": (
        "Lưu trạng thái tại đây cho lần sau, nếu nhật ký hợp lệ."
    ),
    "Beyond a promised time before it is a finding.": "Số giờ quá thời hạn đã hứa trước khi bị coi là sai phạm.",
    "A certificate that was used and stood for less is a finding; a delegation for less than ten times as much.": (
        "Chứng thư đã dùng mà hiện diện ngắn hơn là sai phạm; ủy quyền thì ngắn hơn mười lần số đó."
    ),
    "Your own certificates: PEM, or SHA-256 in hex, one a line.": (
        "Chứng thư của chính đơn vị: PEM, hoặc SHA-256 dạng hex, mỗi dòng một."
    ),
    "Who acts for your agency, as you know: its centre.": "Bên thay mặt đơn vị mà bạn đã biết: trung tâm của nó.",
    "Keep here what was seen, and go on.": "Lưu phần đã xem tại đây, rồi tiếp tục.",
    "Look once, and say by the exit code what was found.": "Xem một lần, báo kết quả bằng mã thoát.",
    "Seconds between looks.": "Số giây giữa hai lần xem.",
    "Seconds between two looks.": "Số giây giữa hai lần xem.",
    "Any change of the entry counts as unexpected, not certificates alone.": (
        "Mọi thay đổi của mục danh mục đều là bất thường, không chỉ chứng thư."
    ),
    "Folder to write into.": "Thư mục để ghi.",
    "First moment: a Vietnam day or RFC 3339 [all].": "Thời điểm đầu: ngày Việt Nam hoặc RFC 3339 [tất cả].",
    "First moment after the window [now].": "Thời điểm ngay sau khoảng thống kê [bây giờ].",
    "CSV; of figures: section,row,column,value. UTF-8 with BOM.": "CSV; số liệu: mục,dòng,cột,giá trị. UTF-8 có BOM.",
    "A regime filled from the record; --period is then 2026-Q1.": (
        "Chế độ báo cáo điền từ dữ liệu của Trục; --period khi đó là 2026-Q1."
    ),
    "By ministry, province, district, commune.": "Theo bộ, tỉnh, huyện, xã.",
    "operator, auditor, or an agency.": "operator, auditor, hoặc một đơn vị.",
    "Below this agency [the country, or the caller].": "Bên dưới đơn vị này [cả nước, hoặc nơi gọi].",
    "Dossiers of the essential services.": "Hồ sơ của các dịch vụ công thiết yếu.",
    "Also the agencies that have nothing, each by itself.": "Liệt kê từng đơn vị, kể cả đơn vị chưa có gì.",
    "With --period: first day [today].": "Cùng --period: ngày đầu [hôm nay].",
    "With --period: last day [that of --from].": "Cùng --period: ngày cuối [như --from].",
    "With --period: write a PDF file.": "Cùng --period: ghi tệp PDF.",
    "With --period: write an XLSX file.": "Cùng --period: ghi tệp XLSX.",
    "With --regime: of this agency alone.": "Cùng --regime: chỉ của đơn vị này.",
    # the laboratory
    "How many play.": "Số đơn vị tham gia.",
    "How many documents [1000, or what --seconds allows].": "Số văn bản [1000, hoặc theo --seconds].",
    "Send no longer than this.": "Không gửi lâu hơn số giây này.",
    "Open loop: documents per second on average.": "Vòng hở: số văn bản trung bình mỗi giây.",
    "Without --rate: senders at once.": "Khi không có --rate: số bên gửi cùng lúc.",
    "With --rate: a working day passes in so many seconds.": "Cùng --rate: một ngày làm việc kéo dài bấy nhiêu giây.",
    "Sizes of documents.": "Kích thước văn bản.",
    "Dossiers of one-stop units for each document; the whole country has 10.8.": (
        "Số hồ sơ một cửa cho mỗi văn bản; cả nước là 10,8."
    ),
    "The same seed, the same country.": "Cùng hạt giống, cùng một đất nước.",
    "Client processes [one for each processor, at most 2].": "Số tiến trình khách [mỗi bộ xử lý một, tối đa 2].",
    "Folder of signed messages: made where it is empty, else played again.": (
        "Thư mục gói tin đã ký: tạo nếu trống, nếu không thì phát lại."
    ),
    "A running hub (a sandbox) in place of one of its own.": "Một Trục đang chạy (thử nghiệm) thay vì tự chạy.",
    "With --url: PEM of the CA of its TLS certificate.": "Cùng --url: tệp PEM của CA cấp chứng thư TLS.",
    "With --url: its agencies' keys.": "Cùng --url: khóa của các đơn vị.",
    "With --url: trust policy [<keys>/anchors/log.policy].": (
        "Cùng --url: chính sách tin cậy [<keys>/anchors/log.policy]."
    ),
    "Play the reorganisation of July 2025, with documents under way.": (
        "Diễn lại đợt sắp xếp tháng 7/2025, khi văn bản đang trên đường."
    ),
    "Folder for the report.": "Thư mục ghi báo cáo.",
    "How often the hub is killed.": "Số lần buộc dừng Trục.",
    "The same seed, the same kills under the same load.": "Cùng hạt giống, cùng lần buộc dừng dưới cùng tải.",
    "Only at this instant; repeatable.": "Chỉ tại thời điểm này; có thể lặp lại.",
    "Front processes of the hub (http.fronts). They end with it; one that meets the instant dies alone first.": (
        "Số tiến trình tiếp nhận (http.fronts). Chúng dừng cùng Trục; tiến trình gặp thời điểm đó dừng trước."
    ),
    "Keep hubs with findings here.": "Giữ lại tại đây các Trục có sai phạm.",
    "Show the named instants and end.": "Liệt kê các thời điểm có tên rồi thoát.",
    "Documents per second.": "Số văn bản mỗi giây.",
    "Traffic between two checks of all invariants.": "Số phút giữa hai lần kiểm tra mọi bất biến.",
    "Give way to other programs.": "Nhường bộ xử lý cho chương trình khác.",
    "An empty folder for the hub's data, kept afterwards [a temporary one].": (
        "Thư mục trống cho dữ liệu của Trục, được giữ lại [thư mục tạm]."
    ),
    "Folder for soak.json.": "Thư mục ghi soak.json.",
    "Short rounds: ends within 50 seconds on two cores.": "Vòng ngắn: xong trong 50 giây trên hai lõi.",
    "How cost, memory and start-up grow with what is stored.": (
        "Chi phí, bộ nhớ và thời gian khởi động tăng thế nào theo lượng lưu trữ."
    ),
    "With --growth, --search, --exports: documents.": "Cùng --growth, --search, --exports: số văn bản.",
    "Exports of all documents, and what others wait beside one.": (
        "Xuất tất cả văn bản ra tệp, và nơi khác phải chờ bao lâu trong lúc đó."
    ),
    "Electronic results: registered, and verified in each way.": "Kết quả điện tử: đăng ký, và tra cứu theo từng cách.",
    "PDF files with 1, 3 and 10 signatures, as they are read.": "Tệp PDF có 1, 3 và 10 chữ ký số: tốc độ kiểm tra.",
    "Searches among many documents, and what their index costs.": (
        "Tìm kiếm giữa rất nhiều văn bản, và chi phí của chỉ mục."
    ),
    # agent
    "On 127.0.0.1.": "Cổng trên 127.0.0.1.",
    "Sign these without a question; returns and answers to take-backs are asked for always.": (
        "Ký những loại này không cần hỏi; trả lại văn bản và trả lời yêu cầu thu hồi thì luôn hỏi."
    ),
    "The console's address; pages of no other are answered.": (
        "Địa chỉ bảng điều khiển; không trả lời trang của địa chỉ khác."
    ),
    "What becomes of it under ten times what it can keep up with.": "Trục chịu tải gấp mười lần khả năng ra sao.",
    "With --overload: of the flood.": "Cùng --overload: số giây của đợt quá tải.",
    (
        "Front processes of the hub (http.fronts) [as set up for load: one for each of its processors, up to four; of "
        "one none; with --overload half of the processors are its]"
    ): (
        "Số tiến trình tiếp nhận (http.fronts) [như khi chịu tải: mỗi bộ xử lý một, tối đa bốn; một bộ xử lý thì không "
        "có; với --overload Trục dùng một nửa số bộ xử lý]"
    ),
    # several documents
    "Identifiers from standard input too, one a line.": "Đọc thêm mã văn bản từ đầu vào chuẩn, mỗi dòng một mã.",
    "Names of documents from standard input too, one a line.": "Đọc thêm tên văn bản từ đầu vào chuẩn, mỗi dòng một.",
    "The document: its identifier on the axis, DocumentId, or number/notation; several.": (
        "Văn bản: mã trên Trục, DocumentId, hoặc số/ký hiệu; có thể nhiều."
    ),
    "Put off their end by so many days; 0: tell again.": "Lùi thời hạn thêm số ngày này; 0: chỉ nhắc lại.",
    "Only this recipient [all for whom they wait].": "Chỉ nơi nhận này [mọi nơi đang chờ nhận].",
    "Told to sender and recipient, and on record.": "Báo cho bên gửi, bên nhận và ghi vào bằng chứng.",
    # agencies
    "The agency above it.": "Đơn vị cấp trên.",
    "The agency that sends and fetches for it.": "Trung tâm gửi và nhận thay.",
    "Its code of QĐ 20/2020.": "Mã theo QĐ 20/2020.",
    "First day on which it sends and receives.": "Ngày đầu tiên đơn vị gửi và nhận.",
    "Go on where it was paused.": "Gửi tiếp từ chỗ đã dừng.",
    "11,000 endpoints: memory, start, one event to all of them.": (
        "11.000 địa chỉ webhook: bộ nhớ, khởi động, một việc báo tới tất cả."
    ),
    "Ask nothing: for scripts.": "Không hỏi: dùng trong kịch bản tự động.",
    "How long it should last; 0: nobody knows.": "Dự kiến kéo dài bao lâu; 0: chưa biết.",
    "Told to everybody whose message is refused.": "Báo cho mọi bên gửi bị từ chối.",
    "Check and show the change, make none.": "Kiểm tra và hiện thay đổi, không thực hiện.",
    "With the registered certificates (JSON; one call for each agency).": (
        "Kèm chứng thư đã đăng ký (JSON; mỗi đơn vị một lần gọi)."
    ),
    "[by the file's name, else json]": "[theo tên tệp, nếu không là json]",
    "Write to this file in place of stdout.": "Ghi vào tệp này thay vì stdout.",
    "Check all that an import is checked for, show the changes, make none.": (
        "Kiểm tra như khi nhập thật, hiện các thay đổi, không thực hiện."
    ),
    "With --dry-run: upon the directory in this file, not at a hub.": (
        "Cùng --dry-run: so với danh mục trong tệp này, không gọi Trục."
    ),
    "Of this tier only.": "Chỉ cấp này.",
    "Directly below this agency only.": "Chỉ các đơn vị trực thuộc đơn vị này.",
    "Look in this file, not at a hub.": "Tìm trong tệp này, không gọi Trục.",
    "The last day on which it sends and receives [today in Vietnam].": (
        "Ngày cuối cùng đơn vị gửi và nhận [hôm nay, giờ Việt Nam]."
    ),
    "A further agency that took over a part; repeat.": "Đơn vị khác nhận một phần; có thể lặp lại.",
    "Draws what --expand adds.": "Hạt giống cho phần do --expand thêm.",
    "Add units up to so many entries, for load tests.": "Thêm đơn vị cho đủ số mục này, để thử tải.",
    # keys
    "Name in the certificate [the code].": "Tên trong chứng thư [mã đơn vị].",
    "All agencies of a JSON or CSV.": "Mọi đơn vị trong tệp JSON hoặc CSV.",
    "Register the certificate at the hub, as its operator.": "Đăng ký chứng thư tại Trục, với tư cách người vận hành.",
    "The old one stays good.": "Số ngày chứng thư cũ còn hiệu lực.",
    "This one [the agency's present one].": "Chứng thư này [chứng thư hiện tại của đơn vị].",
    # retention, backup, restore, fsck
    "Accepted longer ago.": "Được chấp nhận đã lâu hơn.",
    "Count what would go, change nothing.": "Đếm phần sẽ bị xóa, không thay đổi gì.",
    "An earlier backup on the same disk: what it has is shared with it.": (
        "Bản sao trước trên cùng đĩa: phần đã có được dùng chung."
    ),
    "The keys too: a holder of the backup can then act as the hub.": (
        "Cả khóa: ai giữ bản sao thì có thể đóng vai Trục."
    ),
    "An older state of the same log may lie in the place; it is kept beside it.": (
        "Tại nơi khôi phục có thể có trạng thái cũ hơn của cùng nhật ký; nó được giữ bên cạnh."
    ),
    "Put the backup's keys in place too.": "Đặt lại cả khóa trong bản sao.",
    "Without the word of every witness: you answer for it that no later checkpoint or receipt is out there.": (
        "Không cần mọi nhân chứng trả lời: bạn chịu trách nhiệm rằng không có điểm kiểm tra hay biên nhận mới hơn."
    ),
    "Remove stored files that no message names; nothing else is ever changed.": (
        "Xóa các tệp lưu trữ không gói tin nào nêu; không thay đổi gì khác."
    ),
    # programmes
    "As which party.": "Với tư cách bên nào.",
    "Of this kind.": "Thuộc loại này.",
    "Of this code alone.": "Chỉ mã lỗi này.",
    "Of documents accepted on this day.": "Của văn bản được chấp nhận trong ngày này.",
    "In this state.": "Ở trạng thái này.",
    "How it stands today.": "Tình trạng tính đến hôm nay.",
    "Cases of this agency, of which you act.": "Hồ sơ của đơn vị này, mà bạn thay mặt.",
    "Most lines.": "Số dòng tối đa.",
    "Below this agency.": "Trực thuộc đơn vị này.",
    "Of this unit alone.": "Chỉ của đơn vị này.",
    "Of this procedure alone.": "Chỉ của thủ tục này.",
    "Those behind this count, of --from to --to: as `of_whole` names it.": (
        "Hồ sơ làm nên số đếm này, từ --from đến --to; tên số đếm như trong `of_whole`."
    ),
    "Of these the ones that are not in that count too.": "Trong đó, các hồ sơ không nằm trong số đếm này.",
    "2.2 of so many procedures too.": "Kèm chỉ tiêu 2.2 của chừng này thủ tục.",
    "The day on which it is judged what is late [today].": "Ngày dùng để tính quá hạn [hôm nay].",
    "Those that you gave, in place of those that you have to do.": "Việc đã giao, thay cho việc phải làm.",
    "Of those that gave them, not of those that have to do them.": "Theo cơ quan giao, thay cho cơ quan thực hiện.",
    "Why, in words.": "Lý do, bằng lời.",
    "With extend: the new deadline.": "Khi gia hạn (extend): hạn mới.",
    "Subject of the document [made of the act and the task].": "Trích yếu của văn bản [ghép từ việc và mã nhiệm vụ].",
    "Where to keep the receipt.": "Nơi lưu biên nhận.",
}
_ADDED: Final = (("[default: ", "[mặc định: "), ("env var: ", "biến môi trường: "), ("required]", "bắt buộc]"))


def told(english: str, line: str, lang: str) -> str:
    """`line`, which begins with `english` and ends with click's addition, in the language."""
    if lang != "vi" or not line.startswith(english):
        return line
    rest = line.removeprefix(english)
    for word, vietnamese in _ADDED:
        rest = rest.replace(word, vietnamese)
    return VIETNAMESE.get(english, english) + rest
