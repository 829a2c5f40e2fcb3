BEGIN TRANSACTION;
CREATE TABLE audit (
    id       INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    user_id  INTEGER NOT NULL,
    at       REAL NOT NULL,
    what     TEXT NOT NULL,
    was      TEXT NOT NULL,  -- JSON
    became   TEXT NOT NULL
) STRICT;
INSERT INTO "audit" VALUES(1,1,11,1790000000.0,'reply_mode','"smart"','"confirm"');
INSERT INTO "audit" VALUES(2,1,11,1790000000.0,'budget_day_micros','null','5000000');
CREATE TABLE block (
    guild_id INTEGER NOT NULL,
    user_id  INTEGER NOT NULL,
    until    REAL,  -- NULL: for good
    by_id    INTEGER NOT NULL,
    at       REAL NOT NULL,
    PRIMARY KEY (guild_id, user_id)
) STRICT;
CREATE TABLE day_use (
    day      INTEGER NOT NULL,  -- since 1970-01-01
    guild_id INTEGER NOT NULL,
    user_id  INTEGER NOT NULL,
    micros   INTEGER NOT NULL,  -- reserved, held or spent
    videos   INTEGER NOT NULL,
    PRIMARY KEY (day, guild_id, user_id)
) STRICT;
INSERT INTO "day_use" VALUES(20717,1,12,900000,9);
INSERT INTO "day_use" VALUES(20717,1,13,900000,9);
INSERT INTO "day_use" VALUES(20717,1,11,800000,8);
CREATE TABLE event (
    job_id     TEXT NOT NULL REFERENCES job (id),
    seq        INTEGER NOT NULL,
    at         REAL NOT NULL,
    from_state TEXT,
    to_state   TEXT NOT NULL,
    why        TEXT NOT NULL,
    fence      INTEGER NOT NULL,
    PRIMARY KEY (job_id, seq)
) STRICT;
INSERT INTO "event" VALUES('0000000000000000000001',1,1789999401.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000002',1,1789999402.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000002',2,1789999402.0,'received','accepted','answered',0);
INSERT INTO "event" VALUES('0000000000000000000003',1,1789999403.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000003',2,1789999403.0,'received','accepted','answered',0);
INSERT INTO "event" VALUES('0000000000000000000004',1,1789999404.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000004',2,1789999404.0,'received','submitting','answered',1);
INSERT INTO "event" VALUES('0000000000000000000005',1,1789999405.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000005',2,1789999405.0,'received','submit_unknown','answered',2);
INSERT INTO "event" VALUES('0000000000000000000006',1,1789999406.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000006',2,1789999406.0,'received','polling','answered',3);
INSERT INTO "event" VALUES('0000000000000000000007',1,1789999407.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000007',2,1789999407.0,'received','polling','answered',3);
INSERT INTO "event" VALUES('0000000000000000000008',1,1789999408.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000008',2,1789999408.0,'received','downloading','answered',4);
INSERT INTO "event" VALUES('0000000000000000000009',1,1789999409.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000009',2,1789999409.0,'received','delivering','answered',5);
INSERT INTO "event" VALUES('0000000000000000000010',1,1789999410.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000010',2,1789999410.0,'received','delivered','posted',0);
INSERT INTO "event" VALUES('0000000000000000000011',1,1789999411.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000011',2,1789999411.0,'received','delivered','posted',0);
INSERT INTO "event" VALUES('0000000000000000000012',1,1789999412.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000012',2,1789999412.0,'received','delivered','posted',0);
INSERT INTO "event" VALUES('0000000000000000000013',1,1789999413.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000013',2,1789999413.0,'received','undeliverable_kept','the channel is gone',0);
INSERT INTO "event" VALUES('0000000000000000000014',1,1789999414.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000014',2,1789999414.0,'received','undeliverable_kept','Discord refuses the content',0);
INSERT INTO "event" VALUES('0000000000000000000015',1,1789999415.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000015',2,1789999415.0,'received','undeliverable_kept','over the upload limit',0);
INSERT INTO "event" VALUES('0000000000000000000016',1,1789999416.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000016',2,1789999416.0,'received','undeliverable_kept','unsure whether it was posted',0);
INSERT INTO "event" VALUES('0000000000000000000017',1,1789999417.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000017',2,1789999417.0,'received','undeliverable_kept','may not post: View Channel, Attach Files and Read Message History',0);
INSERT INTO "event" VALUES('0000000000000000000018',1,1789999418.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000018',2,1789999418.0,'received','undeliverable_kept','may not post: an age-restricted channel',0);
INSERT INTO "event" VALUES('0000000000000000000019',1,1789999419.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000019',2,1789999419.0,'received','undeliverable_kept','38 MB is over the limit here (10 MB)',0);
INSERT INTO "event" VALUES('0000000000000000000020',1,1789999420.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000020',2,1789999420.0,'received','rejected','BadWish',0);
INSERT INTO "event" VALUES('0000000000000000000021',1,1789999421.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000021',2,1789999421.0,'received','rejected','NoCredit',0);
INSERT INTO "event" VALUES('0000000000000000000022',1,1789999422.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000022',2,1789999422.0,'received','provider_failed','RenderFailed',0);
INSERT INTO "event" VALUES('0000000000000000000023',1,1789999423.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000023',2,1789999423.0,'received','provider_failed','Withheld',0);
INSERT INTO "event" VALUES('0000000000000000000024',1,1789999424.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000024',2,1789999424.0,'received','needs_person','OutcomeUnknown',0);
INSERT INTO "event" VALUES('0000000000000000000025',1,1789999425.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000025',2,1789999425.0,'received','needs_person','Restored',0);
INSERT INTO "event" VALUES('0000000000000000000026',1,1789999426.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000026',2,1789999426.0,'received','needs_person','TooSlow',0);
INSERT INTO "event" VALUES('0000000000000000000027',1,1789999427.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000027',2,1789999427.0,'received','needs_person','ClipNotHandedOver',0);
INSERT INTO "event" VALUES('0000000000000000000028',1,1789999428.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000028',2,1789999428.0,'received','abandoned','the answer never arrived',0);
INSERT INTO "event" VALUES('0000000000000000000029',1,1789999429.0,NULL,'received','asked',0);
INSERT INTO "event" VALUES('0000000000000000000029',2,1789999429.0,'received','cancelled','cancelled',0);
CREATE TABLE fact (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    at    REAL NOT NULL
) STRICT;
INSERT INTO "fact" VALUES('salt','03f23cae31e6d2ce96a132e9c09940e6',0.0);
INSERT INTO "fact" VALUES('boots','1',0.0);
INSERT INTO "fact" VALUES('commands:1','digest',1790000000.0);
INSERT INTO "fact" VALUES('upload-limit:1','8388608',1790000000.0);
CREATE TABLE forget (
    user_id INTEGER PRIMARY KEY,
    at      REAL NOT NULL
) STRICT;
CREATE TABLE gone (
    guild_id INTEGER PRIMARY KEY,
    at       REAL NOT NULL
) STRICT;
CREATE TABLE job (
    id                TEXT PRIMARY KEY,
    code              TEXT NOT NULL UNIQUE,
    state             TEXT NOT NULL,
    kind              TEXT NOT NULL,
    user_id           INTEGER NOT NULL,
    guild_id          INTEGER NOT NULL,
    channel_id        INTEGER NOT NULL,
    prompt            TEXT NOT NULL,
    model             TEXT NOT NULL,
    account           TEXT NOT NULL,
    created_at        REAL NOT NULL,
    updated_at        REAL NOT NULL,
    due_at            REAL,
    fence             INTEGER NOT NULL,
    lease_until       REAL,
    attempt           INTEGER NOT NULL,
    ambiguous         INTEGER NOT NULL,
    tries             INTEGER NOT NULL,
    outcome           TEXT,
    why               TEXT NOT NULL,
    trouble           TEXT,
    facts             TEXT NOT NULL,
    aspect            TEXT,
    seconds           INTEGER,
    resolution        TEXT,
    image_url         TEXT,
    image_file        TEXT,
    note              TEXT,
    parent_id         TEXT REFERENCES job (id),
    root_id           TEXT REFERENCES job (id),
    interaction_id    INTEGER UNIQUE,
    interaction_token TEXT,
    source_message_id INTEGER UNIQUE,
    status_message_id INTEGER UNIQUE,
    result_message_id INTEGER UNIQUE,
    result_channel_id INTEGER,
    protocol          TEXT,
    endpoint          TEXT,
    task_id           TEXT,  -- not unique: a provider may hand out its source's id for a remix
    spare_ids         TEXT NOT NULL,
    request_hash      TEXT,
    intent_at         REAL,
    submitted_at      REAL,
    finished_at       REAL,
    delivered_at      REAL,
    deleted_at        REAL,
    progress          REAL,
    price_micros      INTEGER NOT NULL,
    clip_file         TEXT,
    clip_bytes        INTEGER,
    clip_sha256       TEXT,
    clip_seconds      REAL,
    rung              TEXT,
    post_first_at     REAL,
    post_last_at      REAL,
    post_epoch        INTEGER NOT NULL,
    no_remix          INTEGER NOT NULL
, locale TEXT, resent INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "job" VALUES('0000000000000000000001','AC77','received','generate',12,1,5,'a paper boat, number 1','grok-video-3','toapis',1789999401.0,1789999401.0,1790000000.0,0,NULL,0,0,0,NULL,'asked',NULL,'{}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000001',9001,NULL,NULL,7001,NULL,NULL,NULL,NULL,NULL,'{}',NULL,NULL,NULL,NULL,NULL,NULL,NULL,100000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,'de',0);
INSERT INTO "job" VALUES('0000000000000000000002','AD77','accepted','generate',13,1,5,'a paper boat, number 2','grok-video-3','toapis',1789999402.0,1789999402.0,1790000000.0,0,NULL,0,0,0,NULL,'answered',NULL,'{}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000002',9002,NULL,NULL,7002,NULL,NULL,NULL,NULL,NULL,'{}',NULL,NULL,NULL,NULL,NULL,NULL,NULL,100000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO "job" VALUES('0000000000000000000003','AE77','accepted','generate',11,1,5,'a paper boat, number 3','grok-video-3','toapis',1789999403.0,1789999403.0,1790000000.0,0,NULL,0,0,2,NULL,'answered',NULL,'{}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000003',9003,NULL,NULL,7003,NULL,NULL,NULL,NULL,NULL,'{}',NULL,NULL,NULL,NULL,NULL,NULL,NULL,100000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,'de',0);
INSERT INTO "job" VALUES('0000000000000000000004','AF77','submitting','generate',12,1,5,'a paper boat, number 4','grok-video-3','toapis',1789999404.0,1789999404.0,1790000900.0,1,1790000900.0,1,0,0,NULL,'answered',NULL,'{}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000004',9004,NULL,NULL,7004,NULL,NULL,NULL,NULL,NULL,'{}','abababababababababababababababababababababababababababababababab',1789999995.0,NULL,NULL,NULL,NULL,NULL,100000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO "job" VALUES('0000000000000000000005','AG77','submit_unknown','generate',13,1,5,'a paper boat, number 5','grok-video-3','toapis',1789999405.0,1789999405.0,1790000000.0,2,NULL,1,1,0,NULL,'answered',NULL,'{}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000005',9005,NULL,NULL,7005,NULL,NULL,NULL,NULL,NULL,'{}','abababababababababababababababababababababababababababababababab',1789999995.0,NULL,NULL,NULL,NULL,NULL,100000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,'de',0);
INSERT INTO "job" VALUES('0000000000000000000006','AH77','polling','generate',11,1,5,'a paper boat, number 6','grok-video-3','toapis',1789999406.0,1789999406.0,1790000000.0,3,NULL,1,0,0,NULL,'answered',NULL,'{}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000006',9006,NULL,NULL,7006,NULL,NULL,'toapis','','task_6','{"request_id": "r6"}','abababababababababababababababababababababababababababababababab',1789999940.0,1789999945.0,NULL,NULL,NULL,40.0,100000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO "job" VALUES('0000000000000000000007','AJ77','polling','generate',12,1,5,'a paper boat, number 7','grok-video-3','toapis',1789999407.0,1789999407.0,1790000000.0,3,NULL,1,0,0,NULL,'answered',NULL,'{}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000007',9007,NULL,NULL,7007,NULL,NULL,'toapis','','task_7','{"request_id": "r7"}','abababababababababababababababababababababababababababababababab',1789999940.0,1789999945.0,NULL,NULL,NULL,NULL,100000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,'de',0);
INSERT INTO "job" VALUES('0000000000000000000008','AK77','downloading','generate',13,1,5,'a paper boat, number 8','grok-video-3','toapis',1789999408.0,1789999408.0,1790000000.0,4,NULL,1,0,0,'succeeded','answered',NULL,'{}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000008',9008,NULL,NULL,7008,NULL,NULL,'toapis','','task_8','{"request_id": "r8"}','abababababababababababababababababababababababababababababababab',1789999940.0,1789999945.0,1789999998.0,NULL,NULL,NULL,100000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO "job" VALUES('0000000000000000000009','AL77','delivering','generate',11,1,5,'a paper boat, number 9','grok-video-3','toapis',1789999409.0,1789999409.0,1790000000.0,5,NULL,1,0,0,'succeeded','answered',NULL,'{}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000009',9009,NULL,NULL,7009,NULL,NULL,'toapis','','task_9','{"request_id": "r9"}','abababababababababababababababababababababababababababababababab',1789999940.0,1789999945.0,1789999980.0,NULL,NULL,NULL,100000,'0000000000000000000009.mp4',1000,'cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd',6.0,NULL,NULL,NULL,0,0,'de',0);
INSERT INTO "job" VALUES('0000000000000000000010','AM77','delivered','generate',12,1,5,'a paper boat, number 10','grok-video-3','toapis',1789999410.0,1789999410.0,NULL,0,NULL,1,0,0,'succeeded','posted',NULL,'{}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000010',9010,NULL,NULL,7010,8010,5,'toapis','','task_10','{"request_id": "r10"}','abababababababababababababababababababababababababababababababab',1789999940.0,1789999945.0,1789999980.0,1789999986.0,NULL,NULL,100000,'0000000000000000000010.mp4',1000,'cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd',6.0,NULL,1789999985.0,1789999985.0,0,0,NULL,0);
INSERT INTO "job" VALUES('0000000000000000000011','AN77','delivered','generate',13,1,5,'a paper boat, number 11','grok-video-3','toapis',1789999411.0,1789999411.0,NULL,0,NULL,1,0,0,'succeeded','posted',NULL,'{}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000011',9011,NULL,NULL,7011,8011,5,'toapis','','task_11','{"request_id": "r11"}','abababababababababababababababababababababababababababababababab',1789999940.0,1789999945.0,1789999980.0,1789999986.0,1789999997.0,NULL,100000,'0000000000000000000011.mp4',1000,'cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd',6.0,NULL,NULL,NULL,0,1,'de',0);
INSERT INTO "job" VALUES('0000000000000000000012','AP77','delivered','remix',11,1,5,'a paper boat, number 12','grok-video-3','toapis',1789999412.0,1789999412.0,NULL,0,NULL,1,0,0,'succeeded','posted',NULL,'{}','16:9',5,'480p',NULL,NULL,'4 s became 6 s','0000000000000000000010','0000000000000000000010',9012,NULL,NULL,7012,8012,5,'toapis','','task_12','{"request_id": "r12"}','abababababababababababababababababababababababababababababababab',1789999940.0,1789999945.0,1789999980.0,1789999986.0,NULL,NULL,100000,'0000000000000000000012.mp4',1000,'cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd',6.0,'edit',NULL,NULL,0,0,NULL,0);
INSERT INTO "job" VALUES('0000000000000000000013','AQ77','undeliverable_kept','generate',12,1,5,'a paper boat, number 13','grok-video-3','toapis',1789999413.0,1789999413.0,NULL,0,NULL,1,0,0,'succeeded','the channel is gone',NULL,'{}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000013',9013,NULL,NULL,7013,NULL,NULL,'toapis','','task_13','{"request_id": "r13"}','abababababababababababababababababababababababababababababababab',1789999940.0,1789999945.0,1789999980.0,NULL,NULL,NULL,100000,'0000000000000000000013.mp4',1000,'cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd',6.0,NULL,NULL,NULL,0,0,'de',0);
INSERT INTO "job" VALUES('0000000000000000000014','AR77','undeliverable_kept','generate',13,1,5,'a paper boat, number 14','grok-video-3','toapis',1789999414.0,1789999414.0,NULL,0,NULL,1,0,0,'succeeded','Discord refuses the content',NULL,'{}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000014',9014,NULL,NULL,7014,NULL,NULL,'toapis','','task_14','{"request_id": "r14"}','abababababababababababababababababababababababababababababababab',1789999940.0,1789999945.0,1789999980.0,NULL,NULL,NULL,100000,'0000000000000000000014.mp4',1000,'cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd',6.0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO "job" VALUES('0000000000000000000015','AS77','undeliverable_kept','generate',11,1,5,'a paper boat, number 15','grok-video-3','toapis',1789999415.0,1789999415.0,NULL,0,NULL,1,0,0,'succeeded','over the upload limit',NULL,'{}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000015',9015,NULL,NULL,7015,NULL,NULL,'toapis','','task_15','{"request_id": "r15"}','abababababababababababababababababababababababababababababababab',1789999940.0,1789999945.0,1789999980.0,NULL,NULL,NULL,100000,'0000000000000000000015.mp4',1000,'cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd',6.0,NULL,NULL,NULL,0,0,'de',0);
INSERT INTO "job" VALUES('0000000000000000000016','AT77','undeliverable_kept','generate',12,1,5,'a paper boat, number 16','grok-video-3','toapis',1789999416.0,1789999416.0,NULL,0,NULL,1,0,0,'succeeded','unsure whether it was posted',NULL,'{}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000016',9016,NULL,NULL,7016,NULL,NULL,'toapis','','task_16','{"request_id": "r16"}','abababababababababababababababababababababababababababababababab',1789999940.0,1789999945.0,1789999980.0,NULL,NULL,NULL,100000,'0000000000000000000016.mp4',1000,'cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd',6.0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO "job" VALUES('0000000000000000000017','AU77','undeliverable_kept','generate',13,1,5,'a paper boat, number 17','grok-video-3','toapis',1789999417.0,1789999417.0,NULL,0,NULL,1,0,0,'succeeded','may not post: View Channel, Attach Files and Read Message History',NULL,'{}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000017',9017,NULL,NULL,7017,NULL,NULL,'toapis','','task_17','{"request_id": "r17"}','abababababababababababababababababababababababababababababababab',1789999940.0,1789999945.0,1789999980.0,NULL,NULL,NULL,100000,'0000000000000000000017.mp4',1000,'cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd',6.0,NULL,NULL,NULL,0,0,'de',0);
INSERT INTO "job" VALUES('0000000000000000000018','AV77','undeliverable_kept','generate',11,1,5,'a paper boat, number 18','grok-video-3','toapis',1789999418.0,1789999418.0,NULL,0,NULL,1,0,0,'succeeded','may not post: an age-restricted channel',NULL,'{}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000018',9018,NULL,NULL,7018,NULL,NULL,'toapis','','task_18','{"request_id": "r18"}','abababababababababababababababababababababababababababababababab',1789999940.0,1789999945.0,1789999980.0,NULL,NULL,NULL,100000,'0000000000000000000018.mp4',1000,'cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd',6.0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO "job" VALUES('0000000000000000000019','AW77','undeliverable_kept','generate',12,1,5,'a paper boat, number 19','grok-video-3','toapis',1789999419.0,1789999419.0,NULL,0,NULL,1,0,0,'succeeded','38 MB is over the limit here (10 MB)',NULL,'{}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000019',9019,NULL,NULL,7019,NULL,NULL,'toapis','','task_19','{"request_id": "r19"}','abababababababababababababababababababababababababababababababab',1789999940.0,1789999945.0,1789999980.0,NULL,NULL,NULL,100000,'0000000000000000000019.mp4',1000,'cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd',6.0,NULL,NULL,NULL,0,0,'de',0);
INSERT INTO "job" VALUES('0000000000000000000020','AX77','rejected','generate',13,1,5,'a paper boat, number 20','grok-video-3','toapis',1789999420.0,1789999420.0,NULL,0,NULL,0,0,0,'failed','BadWish','BadWish','{"why": "no"}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000020',9020,NULL,NULL,7020,NULL,NULL,NULL,NULL,NULL,'{}',NULL,NULL,NULL,NULL,NULL,NULL,NULL,100000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO "job" VALUES('0000000000000000000021','AY77','rejected','generate',11,1,5,'a paper boat, number 21','grok-video-3','toapis',1789999421.0,1789999421.0,NULL,0,NULL,0,0,0,'failed','NoCredit','NoCredit','{"provider": "ToAPIs"}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000021',9021,NULL,NULL,7021,NULL,NULL,NULL,NULL,NULL,'{}',NULL,NULL,NULL,NULL,NULL,NULL,NULL,100000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,'de',0);
INSERT INTO "job" VALUES('0000000000000000000022','AZ77','provider_failed','generate',12,1,5,'a paper boat, number 22','grok-video-3','toapis',1789999422.0,1789999422.0,NULL,0,NULL,1,0,0,'failed','RenderFailed','RenderFailed','{"code": "X", "cost": "$0.10"}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000022',9022,NULL,NULL,7022,NULL,NULL,'toapis','','task_22','{"request_id": "r22"}','abababababababababababababababababababababababababababababababab',1789999940.0,1789999945.0,NULL,NULL,NULL,NULL,100000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO "job" VALUES('0000000000000000000023','A277','provider_failed','generate',13,1,5,'a paper boat, number 23','grok-video-3','toapis',1789999423.0,1789999423.0,NULL,0,NULL,1,0,0,'failed','Withheld','Withheld','{"code": "X", "cost": "$0.10"}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000023',9023,NULL,NULL,7023,NULL,NULL,'toapis','','task_23','{"request_id": "r23"}','abababababababababababababababababababababababababababababababab',1789999940.0,1789999945.0,NULL,NULL,NULL,NULL,100000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,'de',0);
INSERT INTO "job" VALUES('0000000000000000000024','A377','needs_person','generate',11,1,5,'a paper boat, number 24','grok-video-3','toapis',1789999424.0,1789999424.0,NULL,0,NULL,1,1,0,'unknown','OutcomeUnknown','OutcomeUnknown','{"code": "X", "cost": "$0.10", "provider": "ToAPIs", "hours": 24}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000024',9024,NULL,NULL,7024,NULL,NULL,NULL,NULL,NULL,'{}',NULL,1789999400.0,NULL,NULL,NULL,NULL,NULL,100000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO "job" VALUES('0000000000000000000025','A477','needs_person','generate',12,1,5,'a paper boat, number 25','grok-video-3','toapis',1789999425.0,1789999425.0,NULL,0,NULL,1,1,0,'unknown','Restored','Restored','{"code": "X", "cost": "$0.10", "provider": "ToAPIs", "hours": 24}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000025',9025,NULL,NULL,7025,NULL,NULL,NULL,NULL,NULL,'{}',NULL,1789999400.0,NULL,NULL,NULL,NULL,NULL,100000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,'de',0);
INSERT INTO "job" VALUES('0000000000000000000026','A577','needs_person','generate',13,1,5,'a paper boat, number 26','grok-video-3','toapis',1789999426.0,1789999426.0,NULL,0,NULL,1,1,0,'unknown','TooSlow','TooSlow','{"code": "X", "cost": "$0.10", "provider": "ToAPIs", "hours": 24}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000026',9026,NULL,NULL,7026,NULL,NULL,NULL,NULL,NULL,'{}',NULL,1789999400.0,NULL,NULL,NULL,NULL,NULL,100000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO "job" VALUES('0000000000000000000027','A677','needs_person','generate',11,1,5,'a paper boat, number 27','grok-video-3','toapis',1789999427.0,1789999427.0,NULL,0,NULL,1,1,0,'unknown','ClipNotHandedOver','ClipNotHandedOver','{"code": "X", "cost": "$0.10", "provider": "ToAPIs", "hours": 24}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000027',9027,NULL,NULL,7027,NULL,NULL,NULL,NULL,NULL,'{}',NULL,1789999400.0,NULL,NULL,NULL,NULL,NULL,100000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,'de',0);
INSERT INTO "job" VALUES('0000000000000000000028','A777','abandoned','generate',12,1,5,'a paper boat, number 28','grok-video-3','toapis',1789999428.0,1789999428.0,NULL,0,NULL,0,0,0,NULL,'the answer never arrived',NULL,'{}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000028',9028,NULL,NULL,7028,NULL,NULL,NULL,NULL,NULL,'{}',NULL,NULL,NULL,NULL,NULL,NULL,NULL,100000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO "job" VALUES('0000000000000000000029','A877','cancelled','generate',13,1,5,'a paper boat, number 29','grok-video-3','toapis',1789999429.0,1789999429.0,NULL,0,NULL,0,0,0,NULL,'cancelled',NULL,'{}','16:9',5,'480p',NULL,NULL,NULL,NULL,'0000000000000000000029',9029,NULL,NULL,7029,NULL,NULL,NULL,NULL,NULL,'{}',NULL,NULL,NULL,NULL,NULL,NULL,NULL,100000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,'de',0);
CREATE TABLE "ledger" (
    job_id TEXT NOT NULL REFERENCES job (id),
    part   INTEGER NOT NULL,  -- 1, and one more for each time that it was sent again
    kind   TEXT NOT NULL,     -- reserve, hold, capture, release
    debit  TEXT NOT NULL,
    credit TEXT NOT NULL,
    micros INTEGER NOT NULL CHECK (micros >= 0),
    at     REAL NOT NULL,
    UNIQUE (job_id, part, kind)
) STRICT;
INSERT INTO "ledger" VALUES('0000000000000000000001',1,'reserve','free','reserved',100000,1789999401.0);
INSERT INTO "ledger" VALUES('0000000000000000000002',1,'reserve','free','reserved',100000,1789999402.0);
INSERT INTO "ledger" VALUES('0000000000000000000003',1,'reserve','free','reserved',100000,1789999403.0);
INSERT INTO "ledger" VALUES('0000000000000000000004',1,'reserve','free','reserved',100000,1789999404.0);
INSERT INTO "ledger" VALUES('0000000000000000000005',1,'reserve','free','reserved',100000,1789999405.0);
INSERT INTO "ledger" VALUES('0000000000000000000006',1,'reserve','free','reserved',100000,1789999406.0);
INSERT INTO "ledger" VALUES('0000000000000000000007',1,'reserve','free','reserved',100000,1789999407.0);
INSERT INTO "ledger" VALUES('0000000000000000000008',1,'reserve','free','reserved',100000,1789999408.0);
INSERT INTO "ledger" VALUES('0000000000000000000008',1,'capture','reserved','spent',100000,1790000000.0);
INSERT INTO "ledger" VALUES('0000000000000000000009',1,'reserve','free','reserved',100000,1789999409.0);
INSERT INTO "ledger" VALUES('0000000000000000000009',1,'capture','reserved','spent',100000,1790000000.0);
INSERT INTO "ledger" VALUES('0000000000000000000010',1,'reserve','free','reserved',100000,1789999410.0);
INSERT INTO "ledger" VALUES('0000000000000000000010',1,'capture','reserved','spent',100000,1790000000.0);
INSERT INTO "ledger" VALUES('0000000000000000000011',1,'reserve','free','reserved',100000,1789999411.0);
INSERT INTO "ledger" VALUES('0000000000000000000011',1,'capture','reserved','spent',100000,1790000000.0);
INSERT INTO "ledger" VALUES('0000000000000000000012',1,'reserve','free','reserved',100000,1789999412.0);
INSERT INTO "ledger" VALUES('0000000000000000000012',1,'capture','reserved','spent',100000,1790000000.0);
INSERT INTO "ledger" VALUES('0000000000000000000013',1,'reserve','free','reserved',100000,1789999413.0);
INSERT INTO "ledger" VALUES('0000000000000000000013',1,'capture','reserved','spent',100000,1790000000.0);
INSERT INTO "ledger" VALUES('0000000000000000000014',1,'reserve','free','reserved',100000,1789999414.0);
INSERT INTO "ledger" VALUES('0000000000000000000014',1,'capture','reserved','spent',100000,1790000000.0);
INSERT INTO "ledger" VALUES('0000000000000000000015',1,'reserve','free','reserved',100000,1789999415.0);
INSERT INTO "ledger" VALUES('0000000000000000000015',1,'capture','reserved','spent',100000,1790000000.0);
INSERT INTO "ledger" VALUES('0000000000000000000016',1,'reserve','free','reserved',100000,1789999416.0);
INSERT INTO "ledger" VALUES('0000000000000000000016',1,'capture','reserved','spent',100000,1790000000.0);
INSERT INTO "ledger" VALUES('0000000000000000000017',1,'reserve','free','reserved',100000,1789999417.0);
INSERT INTO "ledger" VALUES('0000000000000000000017',1,'capture','reserved','spent',100000,1790000000.0);
INSERT INTO "ledger" VALUES('0000000000000000000018',1,'reserve','free','reserved',100000,1789999418.0);
INSERT INTO "ledger" VALUES('0000000000000000000018',1,'capture','reserved','spent',100000,1790000000.0);
INSERT INTO "ledger" VALUES('0000000000000000000019',1,'reserve','free','reserved',100000,1789999419.0);
INSERT INTO "ledger" VALUES('0000000000000000000019',1,'capture','reserved','spent',100000,1790000000.0);
INSERT INTO "ledger" VALUES('0000000000000000000020',1,'reserve','free','reserved',100000,1789999420.0);
INSERT INTO "ledger" VALUES('0000000000000000000020',1,'release','reserved','free',100000,1790000000.0);
INSERT INTO "ledger" VALUES('0000000000000000000021',1,'reserve','free','reserved',100000,1789999421.0);
INSERT INTO "ledger" VALUES('0000000000000000000021',1,'release','reserved','free',100000,1790000000.0);
INSERT INTO "ledger" VALUES('0000000000000000000022',1,'reserve','free','reserved',100000,1789999422.0);
INSERT INTO "ledger" VALUES('0000000000000000000022',1,'capture','reserved','spent',100000,1790000000.0);
INSERT INTO "ledger" VALUES('0000000000000000000023',1,'reserve','free','reserved',100000,1789999423.0);
INSERT INTO "ledger" VALUES('0000000000000000000023',1,'capture','reserved','spent',100000,1790000000.0);
INSERT INTO "ledger" VALUES('0000000000000000000024',1,'reserve','free','reserved',100000,1789999424.0);
INSERT INTO "ledger" VALUES('0000000000000000000024',1,'hold','reserved','held',100000,1790000000.0);
INSERT INTO "ledger" VALUES('0000000000000000000025',1,'reserve','free','reserved',100000,1789999425.0);
INSERT INTO "ledger" VALUES('0000000000000000000025',1,'hold','reserved','held',100000,1790000000.0);
INSERT INTO "ledger" VALUES('0000000000000000000026',1,'reserve','free','reserved',100000,1789999426.0);
INSERT INTO "ledger" VALUES('0000000000000000000026',1,'hold','reserved','held',100000,1790000000.0);
INSERT INTO "ledger" VALUES('0000000000000000000027',1,'reserve','free','reserved',100000,1789999427.0);
INSERT INTO "ledger" VALUES('0000000000000000000027',1,'hold','reserved','held',100000,1790000000.0);
INSERT INTO "ledger" VALUES('0000000000000000000028',1,'reserve','free','reserved',100000,1789999428.0);
INSERT INTO "ledger" VALUES('0000000000000000000028',1,'release','reserved','free',100000,1790000000.0);
INSERT INTO "ledger" VALUES('0000000000000000000029',1,'reserve','free','reserved',100000,1789999429.0);
INSERT INTO "ledger" VALUES('0000000000000000000029',1,'capture','reserved','spent',100000,1790000000.0);
CREATE TABLE person (
    guild_id INTEGER NOT NULL,
    user_id  INTEGER NOT NULL,
    name     TEXT NOT NULL,
    seen_at  REAL NOT NULL, locale TEXT,
    PRIMARY KEY (guild_id, user_id)
) STRICT;
INSERT INTO "person" VALUES(1,11,'alice',1790000000.0,'de');
INSERT INTO "person" VALUES(1,12,'bob',1790000000.0,NULL);
CREATE TABLE question (
    order_message_id INTEGER PRIMARY KEY,  -- the reply that asks for something
    message_id       INTEGER UNIQUE,       -- ours below it; NULL until Discord has taken it
    channel_id       INTEGER NOT NULL,
    guild_id         INTEGER NOT NULL,
    user_id          INTEGER NOT NULL,
    job_id           TEXT NOT NULL REFERENCES job (id),
    expires_at       REAL NOT NULL
) STRICT;
CREATE TABLE report (
    job_id   TEXT NOT NULL REFERENCES job (id),
    guild_id INTEGER NOT NULL,
    user_id  INTEGER NOT NULL,
    at       REAL NOT NULL,
    PRIMARY KEY (job_id, user_id)
) STRICT;
CREATE TABLE server (
    guild_id             INTEGER PRIMARY KEY,
    reply_mode           TEXT NOT NULL,
    confirm_above_micros INTEGER NOT NULL
, rules TEXT NOT NULL DEFAULT '{}') STRICT;
INSERT INTO "server" VALUES(1,'confirm',500000,'{"budget_day_micros": 5000000}');
CREATE INDEX job_due ON job (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX job_parent ON job (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX job_delivered ON job (guild_id, channel_id, delivered_at) WHERE delivered_at IS NOT NULL;
CREATE INDEX job_model ON job (account, model, finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX job_running ON job (account) WHERE state IN ('submitting', 'polling');
CREATE INDEX job_task ON job (account, task_id) WHERE task_id IS NOT NULL;
CREATE INDEX job_open ON job (created_at) WHERE state IN (
    'received', 'accepted', 'submitting', 'submit_unknown', 'polling', 'downloading', 'delivering'
);
CREATE INDEX job_held ON job (updated_at) WHERE state IN ('needs_person', 'undeliverable_kept');
CREATE INDEX job_waiting ON job (account, created_at) WHERE state = 'accepted';
CREATE TRIGGER job_received AFTER INSERT ON job
BEGIN
    INSERT INTO event (job_id, seq, at, from_state, to_state, why, fence)
    VALUES (NEW.id, 1, NEW.updated_at, NULL, NEW.state, NEW.why, NEW.fence);
END;
CREATE TRIGGER job_moved AFTER UPDATE OF state ON job WHEN OLD.state <> NEW.state
BEGIN
    INSERT INTO event (job_id, seq, at, from_state, to_state, why, fence)
    VALUES (
        NEW.id,
        (SELECT max(seq) + 1 FROM event WHERE job_id = NEW.id),
        NEW.updated_at, OLD.state, NEW.state, NEW.why, NEW.fence
    );
END;
CREATE TRIGGER event_is_kept BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER event_stays BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE INDEX job_family ON job (root_id) WHERE root_id IS NOT NULL;
CREATE INDEX job_member ON job (guild_id, user_id, created_at);
CREATE INDEX audit_guild ON audit (guild_id, id);
CREATE TRIGGER audit_is_kept BEFORE UPDATE OF guild_id, at, what, was, became ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE INDEX day_use_guild ON day_use (guild_id, day);
CREATE INDEX job_guild ON job (guild_id, created_at);
CREATE INDEX job_user ON job (user_id);
CREATE TRIGGER ledger_is_kept BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_stays BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_counts AFTER INSERT ON ledger WHEN NEW.debit = 'free' OR NEW.credit = 'free'
BEGIN
    INSERT INTO day_use (day, guild_id, user_id, micros, videos)
    SELECT CAST((
               SELECT at FROM ledger WHERE job_id = NEW.job_id AND part = NEW.part AND kind = 'reserve'
           ) / 86400 AS INTEGER), guild_id, user_id,
           CASE WHEN NEW.debit = 'free' THEN NEW.micros ELSE -NEW.micros END,
           CASE WHEN NEW.part > 1 THEN 0 WHEN NEW.debit = 'free' THEN 1 ELSE -1 END
    FROM job WHERE id = NEW.job_id
    ON CONFLICT (day, guild_id, user_id)
    DO UPDATE SET micros = micros + excluded.micros, videos = videos + excluded.videos;
END;
COMMIT;
PRAGMA user_version=5;
