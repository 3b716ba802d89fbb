BEGIN TRANSACTION;
CREATE TABLE "armed" (
    flag            TEXT NOT NULL,
    fingerprint     TEXT NOT NULL,     -- of the trigger as written; another one is an edit
    total_us        INTEGER NOT NULL,  -- running time of all sessions
    at              INTEGER NOT NULL,
    session         INTEGER NOT NULL,
    PRIMARY KEY (flag, fingerprint)
) STRICT, WITHOUT ROWID;
INSERT INTO "armed" VALUES('after_a_loss','5c4cc2401a818001',7450416,1795971746019181,1);
INSERT INTO "armed" VALUES('all_fields','cab27a816a0564d4',7450416,1795971746019181,1);
INSERT INTO "armed" VALUES('at_each_start','ceffa1e68afca7bf',7450416,1795971746019181,1);
INSERT INTO "armed" VALUES('at_new_year','9ef98974082b774f',7450416,1795971746019181,1);
INSERT INTO "armed" VALUES('each_session','549efccb47a10e10',7450416,1795971746019181,1);
INSERT INTO "armed" VALUES('each_session_by_the_other_name','84ea2de30065229b',7450416,1795971746019181,1);
INSERT INTO "armed" VALUES('every_ten_hours','afba3d8fea837f0b',7450416,1795971746019181,1);
INSERT INTO "armed" VALUES('fails','53ca240db79df8b2',7450416,1795971746019181,1);
INSERT INTO "armed" VALUES('half_of_the_quota','7866098f309fca6d',7450416,1795971746019181,1);
INSERT INTO "armed" VALUES('hours_ever','ddc4edd277549ee3',7450416,1795971746019181,1);
INSERT INTO "armed" VALUES('idle_for_long','be0f778241264ddc',7450416,1795971746019181,1);
INSERT INTO "armed" VALUES('lasts','b60287da1dbb161e',3024624831,1795971766688626,3);
INSERT INTO "armed" VALUES('once_ever','6df97901709eba94',7450416,1795971746019181,1);
INSERT INTO "armed" VALUES('quota_warning_at_100','9867948f2afcf535',10713484,1795971749282250,1);
INSERT INTO "armed" VALUES('quota_warning_at_50','c7e1f4f3b3769594',10713484,1795971749282250,1);
INSERT INTO "armed" VALUES('quota_warning_at_75','ce75d23d7b9bc3d8',10713484,1795971749282250,1);
INSERT INTO "armed" VALUES('quota_warning_at_90','ad963f3d04aeeef5',10713484,1795971749282250,1);
INSERT INTO "armed" VALUES('rests','8f4b09e1c6ac7a2b',7450416,1795971746019181,1);
INSERT INTO "armed" VALUES('this_month','4b6cd6e1a5efc514',7450416,1795971746019181,1);
INSERT INTO "armed" VALUES('users_own','a95a64ef2585512e',7450416,1795971746019181,1);
INSERT INTO "armed" VALUES('waits','704bb84d38628cf5',3027260731,1795971769324526,3);
CREATE TABLE billed (
    day             INTEGER NOT NULL,  -- of UTC: the instant at which it began
    cores           INTEGER NOT NULL,  -- of the machine; 0 for storage
    repository      TEXT NOT NULL,     -- empty where the report does not say
    core_us         INTEGER NOT NULL,  -- 0 for storage
    net_micros      INTEGER NOT NULL,  -- millionths of a US dollar, after what the plan includes
    as_of           INTEGER NOT NULL,  -- the instant that the report is of
    PRIMARY KEY (day, cores, repository)
) STRICT, WITHOUT ROWID;
INSERT INTO "billed" VALUES(1795910400000000,0,'octocat/hello',0,0,1795971749512809);
INSERT INTO "billed" VALUES(1795910400000000,32,'octocat/hello',230400000000,0,1795971749512809);
CREATE TABLE billed_answer (
    month           TEXT PRIMARY KEY,
    etag            TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE drawn (
    name            TEXT PRIMARY KEY,
    inode           INTEGER NOT NULL,
    size            INTEGER NOT NULL,
    mtime_ns        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "drawn" VALUES('session_logs.json',2149705,1159,1795971769382680402);
INSERT INTO "drawn" VALUES('spare of session_logs.json',2149889,723,1795971766790680324);
CREATE TABLE flag_placed (
    flag            TEXT PRIMARY KEY,
    state           TEXT NOT NULL CHECK (state IN ('placing', 'placed', 'removing')),
    scope           TEXT NOT NULL,
    at              INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "flag_placed" VALUES('all_fields','placed','day:2026-11-29',1795971746345571);
INSERT INTO "flag_placed" VALUES('each_session','placed','session:3',1795971762283598);
INSERT INTO "flag_placed" VALUES('each_session_by_the_other_name','placed','session:3',1795971762283598);
INSERT INTO "flag_placed" VALUES('half_of_the_quota','placed','month:2026-11-15',1795971752647478);
INSERT INTO "flag_placed" VALUES('hours_ever','placed','ever',1795971746345571);
INSERT INTO "flag_placed" VALUES('once_ever','placed','ever',1795971746345571);
INSERT INTO "flag_placed" VALUES('quota_warning_at_50','placed','month:2026-11-15',1795971753211103);
INSERT INTO "flag_placed" VALUES('this_month','placed','month:2026-11-15',1795971752647478);
CREATE TABLE generation (
    flag            TEXT PRIMARY KEY,
    n               INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE journal (
    seq             INTEGER PRIMARY KEY,
    at              INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    session         INTEGER,
    detail          TEXT NOT NULL      -- a JSON object
) STRICT;
INSERT INTO "journal" VALUES(1,1795971743543994,'tracker_minted',NULL,'{"tracker_id":"c33be88e-1830-46ce-b852-bb69fd5f384e"}');
INSERT INTO "journal" VALUES(2,1795971743543994,'session_started',1,'{"row":"first","running_us":4975228}');
INSERT INTO "journal" VALUES(3,1795971745996104,'config_loaded',1,'{"problems":0,"triggers":15}');
INSERT INTO "journal" VALUES(4,1795971746019181,'trigger_due',1,'{"label":"Each session","flag":"each_session","skipped":null}');
INSERT INTO "journal" VALUES(5,1795971746019181,'trigger_due',1,'{"label":"Each session, by the other name","flag":"each_session_by_the_other_name","skipped":null}');
INSERT INTO "journal" VALUES(6,1795971746019181,'trigger_due',1,'{"label":"Once ever","flag":"once_ever","skipped":null}');
INSERT INTO "journal" VALUES(7,1795971746019181,'trigger_due',1,'{"label":"Fails","flag":"fails","skipped":null}');
INSERT INTO "journal" VALUES(8,1795971746019181,'trigger_due',1,'{"label":"Hours ever","flag":"hours_ever","skipped":null}');
INSERT INTO "journal" VALUES(9,1795971746019181,'trigger_due',1,'{"label":"Today","flag":"all_fields","skipped":null}');
INSERT INTO "journal" VALUES(10,1795971746019181,'trigger_due',1,'{"label":"At each start","flag":"at_each_start","skipped":null}');
INSERT INTO "journal" VALUES(11,1795971746019181,'run_started',1,'{"label":"Each session","attempt":1,"run":"20261129T170226.each_session.1.84a9a96a"}');
INSERT INTO "journal" VALUES(12,1795971746019181,'run_started',1,'{"label":"Each session, by the other name","attempt":1,"run":"20261129T170226.each_session_by_the_other_name.1.9e04e125"}');
INSERT INTO "journal" VALUES(13,1795971746019181,'run_started',1,'{"label":"Once ever","attempt":1,"run":"20261129T170226.once_ever.1.ee015ea6"}');
INSERT INTO "journal" VALUES(14,1795971746019181,'run_started',1,'{"label":"Fails","attempt":1,"run":"20261129T170226.fails.1.abe09005"}');
INSERT INTO "journal" VALUES(15,1795971746019181,'run_started',1,'{"label":"Hours ever","attempt":1,"run":"20261129T170226.hours_ever.1.bfd772cd"}');
INSERT INTO "journal" VALUES(16,1795971746019181,'run_started',1,'{"label":"Today","attempt":1,"run":"20261129T170226.all_fields.1.e6a8de06"}');
INSERT INTO "journal" VALUES(17,1795971746019181,'run_started',1,'{"label":"At each start","attempt":1,"run":"20261129T170226.at_each_start.1.5f6465c8"}');
INSERT INTO "journal" VALUES(18,1795971746345571,'run_ended',1,'{"label":"Each session","attempt":1,"run":"20261129T170226.each_session.1.84a9a96a","result":"succeeded","exit_code":0,"signal":null}');
INSERT INTO "journal" VALUES(19,1795971746345571,'run_ended',1,'{"label":"Each session, by the other name","attempt":1,"run":"20261129T170226.each_session_by_the_other_name.1.9e04e125","result":"succeeded","exit_code":0,"signal":null}');
INSERT INTO "journal" VALUES(20,1795971746345571,'run_ended',1,'{"label":"Once ever","attempt":1,"run":"20261129T170226.once_ever.1.ee015ea6","result":"succeeded","exit_code":0,"signal":null}');
INSERT INTO "journal" VALUES(21,1795971746345571,'run_ended',1,'{"label":"Fails","attempt":1,"run":"20261129T170226.fails.1.abe09005","result":"failed","exit_code":3,"signal":null}');
INSERT INTO "journal" VALUES(22,1795971746345571,'run_ended',1,'{"label":"Hours ever","attempt":1,"run":"20261129T170226.hours_ever.1.bfd772cd","result":"succeeded","exit_code":0,"signal":null}');
INSERT INTO "journal" VALUES(23,1795971746345571,'run_ended',1,'{"label":"Today","attempt":1,"run":"20261129T170226.all_fields.1.e6a8de06","result":"succeeded","exit_code":0,"signal":null}');
INSERT INTO "journal" VALUES(24,1795971746345571,'run_ended',1,'{"label":"At each start","attempt":1,"run":"20261129T170226.at_each_start.1.5f6465c8","result":"succeeded","exit_code":0,"signal":null}');
INSERT INTO "journal" VALUES(25,1795971749270312,'config_loaded',1,'{"problems":0,"triggers":19}');
INSERT INTO "journal" VALUES(26,1795971750126532,'usage_imported',NULL,'{"lines":2,"changed":1,"as_of":1795971749512809}');
INSERT INTO "journal" VALUES(27,1795971750655483,'sessions_imported',NULL,'{"sessions":2,"running_us":3000000000}');
INSERT INTO "journal" VALUES(28,1795971752059502,'trigger_due',1,'{"label":"This month","flag":"this_month","skipped":null}');
INSERT INTO "journal" VALUES(29,1795971752059502,'trigger_due',1,'{"label":"Half of the quota","flag":"half_of_the_quota","skipped":null}');
INSERT INTO "journal" VALUES(30,1795971752059502,'trigger_due',1,'{"label":"Quota warning at 50 %","flag":"quota_warning_at_50","skipped":null}');
INSERT INTO "journal" VALUES(31,1795971752059502,'run_started',1,'{"label":"This month","attempt":1,"run":"20261129T170232.this_month.1.3b6e57b0"}');
INSERT INTO "journal" VALUES(32,1795971752059502,'run_started',1,'{"label":"Half of the quota","attempt":1,"run":"20261129T170232.half_of_the_quota.1.380ba0ac"}');
INSERT INTO "journal" VALUES(33,1795971752059502,'run_started',1,'{"label":"Quota warning at 50 %","attempt":1,"run":"20261129T170232.quota_warning_at_50.1.56f1d2ca"}');
INSERT INTO "journal" VALUES(34,1795971752647478,'run_ended',1,'{"label":"This month","attempt":1,"run":"20261129T170232.this_month.1.3b6e57b0","result":"succeeded","exit_code":0,"signal":null}');
INSERT INTO "journal" VALUES(35,1795971752647478,'run_ended',1,'{"label":"Half of the quota","attempt":1,"run":"20261129T170232.half_of_the_quota.1.380ba0ac","result":"succeeded","exit_code":0,"signal":null}');
INSERT INTO "journal" VALUES(36,1795971753211103,'run_ended',1,'{"label":"Quota warning at 50 %","attempt":1,"run":"20261129T170232.quota_warning_at_50.1.56f1d2ca","result":"succeeded","exit_code":0,"signal":null}');
INSERT INTO "journal" VALUES(37,1795971753329281,'session_ended',1,'{"running_us":14760512}');
INSERT INTO "journal" VALUES(38,1795971756746658,'session_started',2,'{"row":"new_boot","running_us":1237892}');
INSERT INTO "journal" VALUES(39,1795971758040648,'trigger_due',2,'{"label":"Each session","flag":"each_session","skipped":null}');
INSERT INTO "journal" VALUES(40,1795971758040648,'trigger_due',2,'{"label":"Each session, by the other name","flag":"each_session_by_the_other_name","skipped":null}');
INSERT INTO "journal" VALUES(41,1795971758040648,'trigger_due',2,'{"label":"Fails","flag":"fails","skipped":null}');
INSERT INTO "journal" VALUES(42,1795971758040648,'trigger_due',2,'{"label":"At each start","flag":"at_each_start","skipped":null}');
INSERT INTO "journal" VALUES(43,1795971758040648,'run_started',2,'{"label":"Each session","attempt":1,"run":"20261129T170238.each_session.1.51a753d7"}');
INSERT INTO "journal" VALUES(44,1795971758040648,'run_started',2,'{"label":"Each session, by the other name","attempt":1,"run":"20261129T170238.each_session_by_the_other_name.1.ece6564e"}');
INSERT INTO "journal" VALUES(45,1795971758040648,'run_started',2,'{"label":"Fails","attempt":1,"run":"20261129T170238.fails.1.65815197"}');
INSERT INTO "journal" VALUES(46,1795971758040648,'run_started',2,'{"label":"At each start","attempt":1,"run":"20261129T170238.at_each_start.1.bffd20e3"}');
INSERT INTO "journal" VALUES(47,1795971758203229,'run_ended',2,'{"label":"Each session","attempt":1,"run":"20261129T170238.each_session.1.51a753d7","result":"succeeded","exit_code":0,"signal":null}');
INSERT INTO "journal" VALUES(48,1795971758203229,'run_ended',2,'{"label":"Each session, by the other name","attempt":1,"run":"20261129T170238.each_session_by_the_other_name.1.ece6564e","result":"succeeded","exit_code":0,"signal":null}');
INSERT INTO "journal" VALUES(49,1795971758203229,'run_ended',2,'{"label":"Fails","attempt":1,"run":"20261129T170238.fails.1.65815197","result":"failed","exit_code":3,"signal":null}');
INSERT INTO "journal" VALUES(50,1795971758203229,'run_ended',2,'{"label":"At each start","attempt":1,"run":"20261129T170238.at_each_start.1.bffd20e3","result":"succeeded","exit_code":0,"signal":null}');
INSERT INTO "journal" VALUES(51,1795971760717318,'session_recovered',2,'{"ended_at":1795971758203229,"running_us":2694460}');
INSERT INTO "journal" VALUES(52,1795971760717318,'session_started',3,'{"row":"new_boot","running_us":1198552}');
INSERT INTO "journal" VALUES(53,1795971762024503,'trigger_due',3,'{"label":"Each session","flag":"each_session","skipped":null}');
INSERT INTO "journal" VALUES(54,1795971762024503,'trigger_due',3,'{"label":"Each session, by the other name","flag":"each_session_by_the_other_name","skipped":null}');
INSERT INTO "journal" VALUES(55,1795971762024503,'trigger_due',3,'{"label":"Fails","flag":"fails","skipped":null}');
INSERT INTO "journal" VALUES(56,1795971762024503,'trigger_due',3,'{"label":"At each start","flag":"at_each_start","skipped":null}');
INSERT INTO "journal" VALUES(57,1795971762024503,'trigger_due',3,'{"label":"After a loss","flag":"after_a_loss","skipped":null}');
INSERT INTO "journal" VALUES(58,1795971762024503,'run_started',3,'{"label":"Each session","attempt":1,"run":"20261129T170242.each_session.1.7cc02074"}');
INSERT INTO "journal" VALUES(59,1795971762024503,'run_started',3,'{"label":"Each session, by the other name","attempt":1,"run":"20261129T170242.each_session_by_the_other_name.1.d3495f98"}');
INSERT INTO "journal" VALUES(60,1795971762024503,'run_started',3,'{"label":"Fails","attempt":1,"run":"20261129T170242.fails.1.f3b69017"}');
INSERT INTO "journal" VALUES(61,1795971762024503,'run_started',3,'{"label":"At each start","attempt":1,"run":"20261129T170242.at_each_start.1.707c4938"}');
INSERT INTO "journal" VALUES(62,1795971762024503,'run_started',3,'{"label":"After a loss","attempt":1,"run":"20261129T170242.after_a_loss.1.be6de06b"}');
INSERT INTO "journal" VALUES(63,1795971762283598,'run_ended',3,'{"label":"Each session","attempt":1,"run":"20261129T170242.each_session.1.7cc02074","result":"succeeded","exit_code":0,"signal":null}');
INSERT INTO "journal" VALUES(64,1795971762283598,'run_ended',3,'{"label":"Each session, by the other name","attempt":1,"run":"20261129T170242.each_session_by_the_other_name.1.d3495f98","result":"succeeded","exit_code":0,"signal":null}');
INSERT INTO "journal" VALUES(65,1795971762283598,'run_ended',3,'{"label":"Fails","attempt":1,"run":"20261129T170242.fails.1.f3b69017","result":"failed","exit_code":3,"signal":null}');
INSERT INTO "journal" VALUES(66,1795971762283598,'run_ended',3,'{"label":"At each start","attempt":1,"run":"20261129T170242.at_each_start.1.707c4938","result":"succeeded","exit_code":0,"signal":null}');
INSERT INTO "journal" VALUES(67,1795971762283598,'run_ended',3,'{"label":"After a loss","attempt":1,"run":"20261129T170242.after_a_loss.1.be6de06b","result":"succeeded","exit_code":0,"signal":null}');
INSERT INTO "journal" VALUES(68,1795971766675719,'config_loaded',3,'{"problems":0,"triggers":20}');
INSERT INTO "journal" VALUES(69,1795971766688626,'trigger_due',3,'{"label":"Lasts","flag":"lasts","skipped":null}');
INSERT INTO "journal" VALUES(70,1795971766688626,'run_started',3,'{"label":"Lasts","attempt":1,"run":"20261129T170246.lasts.1.0a63eb89"}');
INSERT INTO "journal" VALUES(71,1795971769305934,'config_loaded',3,'{"problems":0,"triggers":21}');
INSERT INTO "journal" VALUES(72,1795971769324526,'trigger_due',3,'{"label":"Waits","flag":"waits","skipped":null}');
INSERT INTO "journal" VALUES(73,1795971769324526,'run_started',3,'{"label":"Waits","attempt":1,"run":"20261129T170249.waits.1.d0748f90"}');
INSERT INTO "journal" VALUES(74,1795971769443342,'run_ended',3,'{"label":"Waits","attempt":1,"run":"20261129T170249.waits.1.d0748f90","result":"failed","exit_code":1,"signal":null}');
INSERT INTO "journal" VALUES(75,1795971771446887,'run_started',3,'{"label":"Waits","attempt":2,"run":"20261129T170251.waits.2.1adb8358"}');
INSERT INTO "journal" VALUES(76,1795971771507136,'run_ended',3,'{"label":"Waits","attempt":2,"run":"20261129T170251.waits.2.1adb8358","result":"failed","exit_code":1,"signal":null}');
INSERT INTO "journal" VALUES(77,1795971775514881,'run_started',3,'{"label":"Waits","attempt":3,"run":"20261129T170255.waits.3.32900c54"}');
INSERT INTO "journal" VALUES(78,1795971775642715,'run_ended',3,'{"label":"Waits","attempt":3,"run":"20261129T170255.waits.3.32900c54","result":"failed","exit_code":1,"signal":null}');
INSERT INTO "journal" VALUES(79,1795971783643735,'run_started',3,'{"label":"Waits","attempt":4,"run":"20261129T170303.waits.4.b813d644"}');
INSERT INTO "journal" VALUES(80,1795971783747121,'run_ended',3,'{"label":"Waits","attempt":4,"run":"20261129T170303.waits.4.b813d644","result":"failed","exit_code":1,"signal":null}');
CREATE TABLE notice (
    subject         TEXT PRIMARY KEY,  -- a newer notice of the same takes its place; mostly the text itself
    text            TEXT NOT NULL,
    at              INTEGER NOT NULL,
    until           INTEGER NOT NULL   -- from then on it is not shown
) STRICT, WITHOUT ROWID;
INSERT INTO "notice" VALUES('hello there','hello there',1795971763007486,1796058163007486);
INSERT INTO "notice" VALUES('quota','54 % of this month''s quota is used (64.7 of 120 core-hours). At this pace it lasts until 5 Dec 2026.',1795971753070433,1796058153070433);
CREATE TABLE occurrence (
    id              INTEGER PRIMARY KEY,
    flag            TEXT NOT NULL,
    label           TEXT NOT NULL,
    generation      INTEGER NOT NULL,  -- how often the flag was re-armed
    scope           TEXT NOT NULL,     -- edge, session:3, day:2026-11-24, month:2026-11-01, ever
    point           INTEGER NOT NULL,
    session         INTEGER NOT NULL,  -- the number of the one in which it was claimed
    due_at          INTEGER NOT NULL,
    claimed_at      INTEGER NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('queued', 'running', 'waiting', 'succeeded', 'failed', 'timed_out',
                                                   'interrupted', 'skipped')),
    reason          TEXT NOT NULL DEFAULT '',
    attempts        INTEGER NOT NULL DEFAULT 0,
    retry_us        INTEGER,           -- waiting: the running time of all sessions at which it is tried again
    tracker_id      TEXT NOT NULL,
    UNIQUE (flag, generation, scope, point)
) STRICT;
INSERT INTO "occurrence" VALUES(1,'each_session','Each session',0,'session:1',0,1,1795971746019181,1795971746019181,'succeeded','',1,NULL,'c33be88e-1830-46ce-b852-bb69fd5f384e');
INSERT INTO "occurrence" VALUES(2,'each_session_by_the_other_name','Each session, by the other name',0,'session:1',0,1,1795971746019181,1795971746019181,'succeeded','',1,NULL,'c33be88e-1830-46ce-b852-bb69fd5f384e');
INSERT INTO "occurrence" VALUES(3,'once_ever','Once ever',0,'ever',1,1,1795971746019181,1795971746019181,'succeeded','',1,NULL,'c33be88e-1830-46ce-b852-bb69fd5f384e');
INSERT INTO "occurrence" VALUES(4,'fails','Fails',0,'session:1',0,1,1795971746019181,1795971746019181,'failed','',1,NULL,'c33be88e-1830-46ce-b852-bb69fd5f384e');
INSERT INTO "occurrence" VALUES(5,'hours_ever','Hours ever',0,'ever',1,1,1795971746019181,1795971746019181,'succeeded','',1,NULL,'c33be88e-1830-46ce-b852-bb69fd5f384e');
INSERT INTO "occurrence" VALUES(6,'all_fields','Today',0,'day:2026-11-29',0,1,1795971746019181,1795971746019181,'succeeded','',1,NULL,'c33be88e-1830-46ce-b852-bb69fd5f384e');
INSERT INTO "occurrence" VALUES(7,'at_each_start','At each start',0,'edge',1,1,1795971746019181,1795971746019181,'succeeded','',1,NULL,'c33be88e-1830-46ce-b852-bb69fd5f384e');
INSERT INTO "occurrence" VALUES(8,'this_month','This month',0,'month:2026-11-15',0,1,1795971746019181,1795971752059502,'succeeded','',1,NULL,'c33be88e-1830-46ce-b852-bb69fd5f384e');
INSERT INTO "occurrence" VALUES(9,'half_of_the_quota','Half of the quota',0,'month:2026-11-15',0,1,1795971746019181,1795971752059502,'succeeded','',1,NULL,'c33be88e-1830-46ce-b852-bb69fd5f384e');
INSERT INTO "occurrence" VALUES(10,'quota_warning_at_50','Quota warning at 50 %',0,'month:2026-11-15',0,1,1795971749282250,1795971752059502,'succeeded','',1,NULL,'c33be88e-1830-46ce-b852-bb69fd5f384e');
INSERT INTO "occurrence" VALUES(11,'each_session','Each session',0,'session:2',0,2,1795971755508768,1795971758040648,'succeeded','',1,NULL,'c33be88e-1830-46ce-b852-bb69fd5f384e');
INSERT INTO "occurrence" VALUES(12,'each_session_by_the_other_name','Each session, by the other name',0,'session:2',0,2,1795971755508768,1795971758040648,'succeeded','',1,NULL,'c33be88e-1830-46ce-b852-bb69fd5f384e');
INSERT INTO "occurrence" VALUES(13,'fails','Fails',0,'session:2',0,2,1795971755508768,1795971758040648,'failed','',1,NULL,'c33be88e-1830-46ce-b852-bb69fd5f384e');
INSERT INTO "occurrence" VALUES(14,'at_each_start','At each start',0,'edge',2,2,1795971758040648,1795971758040648,'succeeded','',1,NULL,'c33be88e-1830-46ce-b852-bb69fd5f384e');
INSERT INTO "occurrence" VALUES(15,'each_session','Each session',0,'session:3',0,3,1795971759518768,1795971762024503,'succeeded','',1,NULL,'c33be88e-1830-46ce-b852-bb69fd5f384e');
INSERT INTO "occurrence" VALUES(16,'each_session_by_the_other_name','Each session, by the other name',0,'session:3',0,3,1795971759518768,1795971762024503,'succeeded','',1,NULL,'c33be88e-1830-46ce-b852-bb69fd5f384e');
INSERT INTO "occurrence" VALUES(17,'fails','Fails',0,'session:3',0,3,1795971759518768,1795971762024503,'failed','',1,NULL,'c33be88e-1830-46ce-b852-bb69fd5f384e');
INSERT INTO "occurrence" VALUES(18,'at_each_start','At each start',0,'edge',3,3,1795971762024503,1795971762024503,'succeeded','',1,NULL,'c33be88e-1830-46ce-b852-bb69fd5f384e');
INSERT INTO "occurrence" VALUES(19,'after_a_loss','After a loss',0,'edge',3,3,1795971762024503,1795971762024503,'succeeded','',1,NULL,'c33be88e-1830-46ce-b852-bb69fd5f384e');
INSERT INTO "occurrence" VALUES(20,'lasts','Lasts',0,'session:3',0,3,1795971766688626,1795971766688626,'running','',1,NULL,'c33be88e-1830-46ce-b852-bb69fd5f384e');
INSERT INTO "occurrence" VALUES(21,'waits','Waits',0,'session:3',0,3,1795971769324526,1795971769324526,'waiting','',4,3057683326,'c33be88e-1830-46ce-b852-bb69fd5f384e');
CREATE TABLE plan (
    id              INTEGER PRIMARY KEY CHECK (id = 1),
    plan            TEXT NOT NULL,
    problems        TEXT NOT NULL
) STRICT;
INSERT INTO "plan" VALUES(1,'{"settings": {"time_zone": "Europe/Berlin", "heartbeat_seconds": 1, "quota_core_us": 432000000000, "reset_day": 15, "runs_at_once": 8, "output_limit_mib": 2, "runs_kept": 50, "stop_grace_seconds": 3, "watch_minutes": 9, "metrics": true}, "zone": {"name": "Europe/Berlin", "offsets": [[1707609600000000, 3600], [1711846800000000, 7200], [1729990800000000, 3600], [1743296400000000, 7200], [1761440400000000, 3600], [1774746000000000, 7200], [1792890000000000, 3600], [1806195600000000, 7200], [1824944400000000, 3600], [1837645200000000, 7200], [1856394000000000, 3600], [1869094800000000, 7200], [1887843600000000, 3600], [1901149200000000, 7200], [1919293200000000, 3600], [1932598800000000, 7200], [1950742800000000, 3600]]}, "triggers": [["Each session", "each_session", [["session", 0]], null, "session", ["echo \"$CODESPACE_TRACKER_FLAG $CODESPACE_TRACKER_SESSION_ID $CODESPACE_TRACKER_ATTEMPT\" >>/tmp/octocat/codespace/lines", ["sh", "-c"], "", "", "", [], 3600000000], 1, 30000000, true, true, [], "549efccb47a10e10"], ["Each session, by the other name", "each_session_by_the_other_name", [["session", 0]], null, "session", ["echo \"$CODESPACE_TRACKER_FLAG $CODESPACE_TRACKER_SESSION_ID $CODESPACE_TRACKER_ATTEMPT\" >>/tmp/octocat/codespace/lines", ["sh", "-c"], "", "", "", [], 3600000000], 1, 30000000, true, true, [], "84ea2de30065229b"], ["Once ever", "once_ever", [["total", 0]], null, "ever", ["echo \"$CODESPACE_TRACKER_FLAG $CODESPACE_TRACKER_SESSION_ID $CODESPACE_TRACKER_ATTEMPT\" >>/tmp/octocat/codespace/lines", ["sh", "-c"], "", "", "", [], 3600000000], 1, 30000000, true, true, [], "6df97901709eba94"], ["Hours ever", "hours_ever", [["total", 360000]], null, "ever", ["echo \"$CODESPACE_TRACKER_FLAG $CODESPACE_TRACKER_SESSION_ID $CODESPACE_TRACKER_ATTEMPT\" >>/tmp/octocat/codespace/lines", ["sh", "-c"], "", "", "", [], 3600000000], 1, 30000000, true, true, [], "ddc4edd277549ee3"], ["Today", "all_fields", [["today", 360000]], null, "day", ["echo \"$CODESPACE_TRACKER_FLAG $CODESPACE_TRACKER_SESSION_ID $CODESPACE_TRACKER_ATTEMPT\" >>/tmp/octocat/codespace/lines", ["bash", "-c"], "/", "", "", [["COLOUR", "green"]], 300000000], 2, 20000000, false, true, [], "cab27a816a0564d4"], ["This month", "this_month", [["month", 3600000000]], null, "month", ["echo \"$CODESPACE_TRACKER_FLAG $CODESPACE_TRACKER_SESSION_ID $CODESPACE_TRACKER_ATTEMPT\" >>/tmp/octocat/codespace/lines", ["sh", "-c"], "", "", "", [], 3600000000], 1, 30000000, true, true, [], "4b6cd6e1a5efc514"], ["Half of the quota", "half_of_the_quota", [["month", 216000000000]], null, "month", ["echo \"$CODESPACE_TRACKER_FLAG $CODESPACE_TRACKER_SESSION_ID $CODESPACE_TRACKER_ATTEMPT\" >>/tmp/octocat/codespace/lines", ["sh", "-c"], "", "", "", [], 3600000000], 1, 30000000, true, true, [], "7866098f309fca6d"], ["Not mine to run", "users_own", [["session", 0]], null, "session", ["echo \"$CODESPACE_TRACKER_FLAG $CODESPACE_TRACKER_SESSION_ID $CODESPACE_TRACKER_ATTEMPT\" >>/tmp/octocat/codespace/lines", ["sh", "-c"], "", "", "", [], 3600000000], 1, 30000000, true, true, [], "a95a64ef2585512e"], ["Every ten hours", "every_ten_hours", [], ["every", 36000000000, ""], "edge", ["echo \"$CODESPACE_TRACKER_FLAG $CODESPACE_TRACKER_SESSION_ID $CODESPACE_TRACKER_ATTEMPT\" >>/tmp/octocat/codespace/lines", ["sh", "-c"], "", "", "", [], 3600000000], 1, 30000000, true, true, [], "afba3d8fea837f0b"], ["At new year", "at_new_year", [], ["at", 0, "0 12 1 1 *"], "edge", ["echo \"$CODESPACE_TRACKER_FLAG $CODESPACE_TRACKER_SESSION_ID $CODESPACE_TRACKER_ATTEMPT\" >>/tmp/octocat/codespace/lines", ["sh", "-c"], "", "", "", [], 3600000000], 1, 30000000, true, true, [1767265200000000, 1798801200000000, 1830337200000000], "9ef98974082b774f"], ["Idle for long", "idle_for_long", [], ["idle", 36000000000, ""], "edge", ["echo \"$CODESPACE_TRACKER_FLAG $CODESPACE_TRACKER_SESSION_ID $CODESPACE_TRACKER_ATTEMPT\" >>/tmp/octocat/codespace/lines", ["sh", "-c"], "", "", "", [], 3600000000], 1, 30000000, true, true, [], "be0f778241264ddc"], ["At each start", "at_each_start", [], ["event", 0, "session_start"], "edge", ["echo \"$CODESPACE_TRACKER_FLAG $CODESPACE_TRACKER_SESSION_ID $CODESPACE_TRACKER_ATTEMPT\" >>/tmp/octocat/codespace/lines", ["sh", "-c"], "", "", "", [], 3600000000], 1, 30000000, true, true, [], "ceffa1e68afca7bf"], ["After a loss", "after_a_loss", [], ["event", 0, "session_recovered"], "edge", ["echo \"$CODESPACE_TRACKER_FLAG $CODESPACE_TRACKER_SESSION_ID $CODESPACE_TRACKER_ATTEMPT\" >>/tmp/octocat/codespace/lines", ["sh", "-c"], "", "", "", [], 3600000000], 1, 30000000, true, true, [], "5c4cc2401a818001"], ["Fails", "fails", [["session", 0]], null, "session", ["echo \"$CODESPACE_TRACKER_FLAG $CODESPACE_TRACKER_SESSION_ID $CODESPACE_TRACKER_ATTEMPT\" >>/tmp/octocat/codespace/lines; exit 3", ["sh", "-c"], "", "", "", [], 3600000000], 0, 30000000, true, true, [], "53ca240db79df8b2"], ["Rests", "rests", [["session", 0]], null, "session", ["echo \"$CODESPACE_TRACKER_FLAG $CODESPACE_TRACKER_SESSION_ID $CODESPACE_TRACKER_ATTEMPT\" >>/tmp/octocat/codespace/lines", ["sh", "-c"], "", "https://example.org/x.sh", "0000000000000000000000000000000000000000000000000000000000000000", [], 3600000000], 1, 30000000, true, false, [], "8f4b09e1c6ac7a2b"], ["Quota warning at 50 %", "quota_warning_at_50", [["month", 216000000000]], null, "month", ["codespace-tracker quota --notice", ["sh", "-c"], "", "", "", [], 3600000000], 1, 30000000, true, true, [], "c7e1f4f3b3769594"], ["Quota warning at 75 %", "quota_warning_at_75", [["month", 324000000000]], null, "month", ["codespace-tracker quota --notice", ["sh", "-c"], "", "", "", [], 3600000000], 1, 30000000, true, true, [], "ce75d23d7b9bc3d8"], ["Quota warning at 90 %", "quota_warning_at_90", [["month", 388800000000]], null, "month", ["codespace-tracker quota --notice", ["sh", "-c"], "", "", "", [], 3600000000], 1, 30000000, true, true, [], "ad963f3d04aeeef5"], ["Quota warning at 100 %", "quota_warning_at_100", [["month", 432000000000]], null, "month", ["codespace-tracker quota --notice", ["sh", "-c"], "", "", "", [], 3600000000], 1, 30000000, true, true, [], "9867948f2afcf535"], ["Lasts", "lasts", [["session", 0]], null, "session", ["echo \"$CODESPACE_TRACKER_FLAG $CODESPACE_TRACKER_SESSION_ID $CODESPACE_TRACKER_ATTEMPT\" >>/tmp/octocat/codespace/lines; env >/tmp/octocat/codespace/variables; while [ ! -e /tmp/octocat/codespace/over ]; do sleep 0.1; done", ["sh", "-c"], "", "", "", [], 3600000000], 1, 30000000, true, true, [], "b60287da1dbb161e"], ["Waits", "waits", [["session", 0]], null, "session", ["echo \"$CODESPACE_TRACKER_FLAG $CODESPACE_TRACKER_SESSION_ID $CODESPACE_TRACKER_ATTEMPT\" >>/tmp/octocat/codespace/lines; ! grep -q '' 0.1.0 '' /tmp/octocat/codespace/state/daemon.lock && env >/tmp/octocat/codespace/variables-now", ["sh", "-c"], "", "", "", [], 3600000000], 9, 2000000, true, true, [], "704bb84d38628cf5"]]}','{"plan": null, "problems": [], "stamps": []}');
CREATE TABLE restored (
    id              INTEGER PRIMARY KEY CHECK (id = 1),
    at              INTEGER NOT NULL
) STRICT;
CREATE TABLE run (
    id              INTEGER PRIMARY KEY,
    occurrence      INTEGER NOT NULL REFERENCES occurrence (id) ON DELETE CASCADE,
    attempt         INTEGER NOT NULL,
    name            TEXT NOT NULL UNIQUE,  -- of its files in runs/
    started_at      INTEGER NOT NULL,
    ended_at        INTEGER,
    duration_us     INTEGER,
    result          TEXT CHECK (result IN ('succeeded', 'failed', 'timed_out', 'interrupted')),
    exit_code       INTEGER,
    signal          INTEGER,
    detail          TEXT NOT NULL DEFAULT '',
    CHECK ((result IS NULL) = (ended_at IS NULL))
) STRICT;
INSERT INTO "run" VALUES(1,1,1,'20261129T170226.each_session.1.84a9a96a',1795971746019181,1795971746171287,34070,'succeeded',0,NULL,'');
INSERT INTO "run" VALUES(2,2,1,'20261129T170226.each_session_by_the_other_name.1.9e04e125',1795971746019181,1795971746158419,19450,'succeeded',0,NULL,'');
INSERT INTO "run" VALUES(3,3,1,'20261129T170226.once_ever.1.ee015ea6',1795971746019181,1795971746203253,27702,'succeeded',0,NULL,'');
INSERT INTO "run" VALUES(4,4,1,'20261129T170226.fails.1.abe09005',1795971746019181,1795971746195222,27369,'failed',3,NULL,'');
INSERT INTO "run" VALUES(5,5,1,'20261129T170226.hours_ever.1.bfd772cd',1795971746019181,1795971746201588,17043,'succeeded',0,NULL,'');
INSERT INTO "run" VALUES(6,6,1,'20261129T170226.all_fields.1.e6a8de06',1795971746019181,1795971746278197,26852,'succeeded',0,NULL,'');
INSERT INTO "run" VALUES(7,7,1,'20261129T170226.at_each_start.1.5f6465c8',1795971746019181,1795971746247210,13536,'succeeded',0,NULL,'');
INSERT INTO "run" VALUES(8,8,1,'20261129T170232.this_month.1.3b6e57b0',1795971752059502,1795971752243350,27896,'succeeded',0,NULL,'');
INSERT INTO "run" VALUES(9,9,1,'20261129T170232.half_of_the_quota.1.380ba0ac',1795971752059502,1795971752235142,17197,'succeeded',0,NULL,'');
INSERT INTO "run" VALUES(10,10,1,'20261129T170232.quota_warning_at_50.1.56f1d2ca',1795971752059502,1795971753155509,892183,'succeeded',0,NULL,'');
INSERT INTO "run" VALUES(11,11,1,'20261129T170238.each_session.1.51a753d7',1795971758040648,1795971758154149,38173,'succeeded',0,NULL,'');
INSERT INTO "run" VALUES(12,12,1,'20261129T170238.each_session_by_the_other_name.1.ece6564e',1795971758040648,1795971758139224,34299,'succeeded',0,NULL,'');
INSERT INTO "run" VALUES(13,13,1,'20261129T170238.fails.1.65815197',1795971758040648,1795971758150458,26864,'failed',3,NULL,'');
INSERT INTO "run" VALUES(14,14,1,'20261129T170238.at_each_start.1.bffd20e3',1795971758040648,1795971758151600,18840,'succeeded',0,NULL,'');
INSERT INTO "run" VALUES(15,15,1,'20261129T170242.each_session.1.7cc02074',1795971762024503,1795971762162383,37743,'succeeded',0,NULL,'');
INSERT INTO "run" VALUES(16,16,1,'20261129T170242.each_session_by_the_other_name.1.d3495f98',1795971762024503,1795971762171710,44194,'succeeded',0,NULL,'');
INSERT INTO "run" VALUES(17,17,1,'20261129T170242.fails.1.f3b69017',1795971762024503,1795971762170374,27090,'failed',3,NULL,'');
INSERT INTO "run" VALUES(18,18,1,'20261129T170242.at_each_start.1.707c4938',1795971762024503,1795971762186209,38784,'succeeded',0,NULL,'');
INSERT INTO "run" VALUES(19,19,1,'20261129T170242.after_a_loss.1.be6de06b',1795971762024503,1795971762179495,12010,'succeeded',0,NULL,'');
INSERT INTO "run" VALUES(20,20,1,'20261129T170246.lasts.1.0a63eb89',1795971766688626,NULL,NULL,NULL,NULL,NULL,'');
INSERT INTO "run" VALUES(21,21,1,'20261129T170249.waits.1.d0748f90',1795971769324526,1795971769413117,32871,'failed',1,NULL,'');
INSERT INTO "run" VALUES(22,21,2,'20261129T170251.waits.2.1adb8358',1795971771446887,1795971771487538,16033,'failed',1,NULL,'');
INSERT INTO "run" VALUES(23,21,3,'20261129T170255.waits.3.32900c54',1795971775514881,1795971775607519,45667,'failed',1,NULL,'');
INSERT INTO "run" VALUES(24,21,4,'20261129T170303.waits.4.b813d644',1795971783643735,1795971783727313,40931,'failed',1,NULL,'');
CREATE TABLE session (
    number          INTEGER PRIMARY KEY,
    session_id      TEXT NOT NULL UNIQUE,
    tracker_id      TEXT NOT NULL,     -- the tracker that made the row, and the only one that may change it
    boot_id         TEXT NOT NULL,
    pid1_start_us   INTEGER,           -- on the boot clock; NULL where it could not be read
    started_at      INTEGER NOT NULL,
    last_seen_at    INTEGER NOT NULL,  -- the last heartbeat: wall clock,
    last_mono_us    INTEGER NOT NULL,  -- monotonic clock,
    last_boot_us    INTEGER NOT NULL,  -- boot clock
    running_us      INTEGER NOT NULL CHECK (running_us >= 0),
    ending          TEXT CHECK (ending IN ('paused', 'clean', 'recovered')),
    ended_at        INTEGER, considered_us INTEGER NOT NULL DEFAULT 0, considered_at INTEGER NOT NULL DEFAULT 0, start_considered INTEGER NOT NULL DEFAULT 0, repository TEXT NOT NULL DEFAULT '',
    CHECK ((ending IS NULL) = (ended_at IS NULL))
) STRICT;
INSERT INTO "session" VALUES(-1,'a','3a13f6b1-626b-4aa1-bb45-52cf5a3e6ef4','',NULL,1794243738000000,1794245538000000,0,0,1800000000,'clean',1794245538000000,0,0,0,'');
INSERT INTO "session" VALUES(0,'b','3a13f6b1-626b-4aa1-bb45-52cf5a3e6ef4','',NULL,1795107738000000,1795108938000000,0,0,1200000000,'recovered',1795108938000000,0,0,0,'');
INSERT INTO "session" VALUES(1,'94d804ed-91db-4807-b4ef-bae8eeeca244','c33be88e-1830-46ce-b852-bb69fd5f384e','00000000-0000-4000-8000-000000000001',3134070000,1795971738568765,1795971753329281,3148830512,3148830512,14760512,'clean',1795971753329281,3014760512,1795971753329281,1,'octocat/hello');
INSERT INTO "session" VALUES(2,'0640f794-b12f-417e-a8a6-5e781c46b479','c33be88e-1830-46ce-b852-bb69fd5f384e','00000000-0000-4000-8000-000000000002',3151010000,1795971755508765,1795971758203229,3153704460,3153704461,2694460,'recovered',1795971758203229,3017454972,1795971758203229,1,'octocat/hello');
INSERT INTO "session" VALUES(3,'2137a5e0-34bd-453a-9f4c-b8c3342be91b','c33be88e-1830-46ce-b852-bb69fd5f384e','00000000-0000-4000-8000-000000000003',3155020000,1795971759518765,1795971788521670,3184022907,3184022908,29002907,NULL,NULL,3046457879,1795971788521670,1,'octocat/hello');
CREATE TABLE span (
    session         INTEGER NOT NULL REFERENCES session (number),
    n               INTEGER NOT NULL,
    started_at      INTEGER NOT NULL,
    offset_us       INTEGER NOT NULL,  -- running time of the session when the span began
    cores           INTEGER NOT NULL,
    running_us      INTEGER,           -- NULL while it is the newest span of the newest session
    ended_at        INTEGER GENERATED ALWAYS AS (started_at + running_us) VIRTUAL,
    PRIMARY KEY (session, n)
) STRICT, WITHOUT ROWID;
INSERT INTO "span" VALUES(-1,1,1794243738000000,0,2,1800000000);
INSERT INTO "span" VALUES(0,1,1795107738000000,0,2,1200000000);
INSERT INTO "span" VALUES(1,1,1795971738568766,0,2,14760512);
INSERT INTO "span" VALUES(2,1,1795971755508766,0,2,2694460);
INSERT INTO "span" VALUES(3,1,1795971759518766,0,2,NULL);
CREATE TABLE tracker (
    id              INTEGER PRIMARY KEY CHECK (id = 1),
    tracker_id      TEXT NOT NULL,     -- UUID, minted at the first session and anew in a copy
    environment     TEXT NOT NULL,     -- a kind of machine/environment.py; changes only to a stronger one
    codespace_name  TEXT NOT NULL,     -- the codespace's or workspace's name, empty where there is none
    user_name       TEXT NOT NULL,
    repository      TEXT NOT NULL,
    before_us       INTEGER NOT NULL   -- running time of all sessions but the newest: no reader ever sums history
) STRICT;
INSERT INTO "tracker" VALUES(1,'c33be88e-1830-46ce-b852-bb69fd5f384e','codespaces','improved-space-doodle-1234','octocat','octocat/hello',3017454972);
CREATE INDEX session_started ON session (started_at);
CREATE INDEX span_ended ON span (ended_at) WHERE running_us IS NOT NULL;
CREATE INDEX span_open ON span (session) WHERE running_us IS NULL;
CREATE INDEX occurrence_open ON occurrence (state) WHERE state IN ('queued', 'running', 'waiting');
CREATE INDEX occurrence_scope ON occurrence (scope) WHERE scope <> 'edge';
CREATE INDEX occurrence_claimed ON occurrence (claimed_at);
CREATE INDEX occurrence_of_flag ON occurrence (flag);
CREATE INDEX run_of_occurrence ON run (occurrence);
CREATE INDEX run_open ON run (id) WHERE result IS NULL;
CREATE INDEX occurrence_failed ON occurrence (flag)
    WHERE scope = 'ever' AND state IN ('failed', 'timed_out', 'interrupted');
COMMIT;
PRAGMA user_version = 4;
