"""First tables."""

# ruff: noqa: E501

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import ombot.store.base

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables here from the revision before."""
    op.create_table(
        "file",
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("mimetype", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("stored_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_file")),
    )
    op.create_table(
        "group",
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("board_stale", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('board','coordination','working_group','forum')", name=op.f("ck_group_kind")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_group")),
    )
    op.create_table(
        "history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cause", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("actor", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("room_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("row_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_history_cause"), ["cause"], unique=False)
        batch_op.create_index(batch_op.f("ix_history_subject_row_key"), ["subject", "row_key"], unique=False)

    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("room_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sender", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("encrypted", sa.Boolean(), nullable=False),
        sa.Column("sent_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("received_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.Column("done_at", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.Column("error", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('message','edit','reaction','redaction','undecryptable')", name=op.f("ck_inbox_kind")
        ),
        sa.CheckConstraint("state IN ('received','ready','done','parked')", name=op.f("ck_inbox_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("event_id", name=op.f("uq_inbox_event_id")),
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbox_sender"), ["sender"], unique=False)
        batch_op.create_index(batch_op.f("ix_inbox_state_id"), ["state", "id"], unique=False)

    op.create_table(
        "institution",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("profile", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("merged_into", sa.Integer(), nullable=True),
        sa.Column("merged_at", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('chamber','social_partner','insurer','association','research','ministry','network','other')",
            name=op.f("ck_institution_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["institution.id"], name=op.f("fk_institution_merged_into_institution")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution")),
        sa.UniqueConstraint("name", name=op.f("uq_institution_name")),
    )
    op.create_table(
        "meta",
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("value", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("txn_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("destination", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("cause", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("cause_index", sa.Integer(), nullable=False),
        sa.Column("slot", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("about", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("buttons", sa.JSON(), nullable=False),
        sa.Column("target", sa.Integer(), nullable=True),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.Column("first_tried_at", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.Column("room_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("event_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("created_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("sent_at", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.Column("error", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('message','edit','reaction','file','pin','invite','redact','leave','room')",
            name=op.f("ck_outbox_kind"),
        ),
        sa.CheckConstraint("state IN ('waiting','sent','failed','replaced')", name=op.f("ck_outbox_state")),
        sa.ForeignKeyConstraint(["target"], ["outbox.id"], name=op.f("fk_outbox_target_outbox")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("txn_id", name=op.f("uq_outbox_txn_id")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_about"), ["about"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_cause_cause_index"), ["cause", "cause_index"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_slot"), ["slot"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_outbox_state_destination_id"), ["state", "destination", "id"], unique=False
        )

    op.create_table(
        "profile_stem",
        sa.Column("stem", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("field", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("stem", "user_id", "field", name=op.f("pk_profile_stem")),
    )
    with op.batch_alter_table("profile_stem", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_profile_stem_user_id"), ["user_id"], unique=False)

    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("object", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("step", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("anchor", sa.Date(), nullable=False),
        sa.Column("destination", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("due_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("sent_at", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('open','sent','dropped','skipped')", name=op.f("ck_reminder_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("object", "step", "destination", name=op.f("uq_reminder_object_step_destination")),
    )
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminder_object"), ["object"], unique=False)
        batch_op.create_index(batch_op.f("ix_reminder_state_due_at"), ["state", "due_at"], unique=False)

    op.create_table(
        "room",
        sa.Column("room_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("joined", sa.Boolean(), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column("encrypted", sa.Boolean(), nullable=False),
        sa.Column("version", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("creators", sa.JSON(), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("group_key", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("direct_with", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("joined_at", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("room_id", name=op.f("pk_room")),
        sa.UniqueConstraint("group_key", name=op.f("uq_room_group_key")),
    )
    with op.batch_alter_table("room", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_room_direct_with"), ["direct_with"], unique=False)

    op.create_table(
        "decision",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("group_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("mandate", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("rule", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("recorded", sa.Boolean(), nullable=False),
        sa.Column("year_number", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("meeting", sa.Integer(), nullable=True),
        sa.Column("replaced_by", sa.Integer(), nullable=True),
        sa.Column("file_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("file_name", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("opened_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("opened_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("closed_at", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.Column("event_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint("rule IN ('consent','majority')", name=op.f("ck_decision_rule")),
        sa.CheckConstraint("status IN ('open','accepted','rejected','withdrawn')", name=op.f("ck_decision_status")),
        sa.CheckConstraint(
            "year_number IS NOT NULL OR status NOT IN ('accepted','rejected')", name=op.f("ck_decision_year_number")
        ),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 4000", name=op.f("ck_decision_text")),
        sa.CheckConstraint("replaced_by <> number", name=op.f("ck_decision_replaced_by")),
        sa.ForeignKeyConstraint(["group_key"], ["group.key"], name=op.f("fk_decision_group_key_group")),
        sa.ForeignKeyConstraint(["replaced_by"], ["decision.number"], name=op.f("fk_decision_replaced_by_decision")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_decision")),
        sa.UniqueConstraint("year_number", name=op.f("uq_decision_year_number")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_group_key_status"), ["group_key", "status"], unique=False)

    op.create_table(
        "institution_alias",
        sa.Column("alias", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_institution_alias_institution_id_institution")
        ),
        sa.PrimaryKeyConstraint("alias", name=op.f("pk_institution_alias")),
    )
    with op.batch_alter_table("institution_alias", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_institution_alias_institution_id"), ["institution_id"], unique=False)

    op.create_table(
        "meeting",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("group_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("session_number", sa.Integer(), nullable=True),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("start", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.Column("end", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.Column("place", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("url", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("moderation", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("poll_until", sa.Date(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("changed_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("event_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("card", sa.Integer(), nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('session','meeting')", name=op.f("ck_meeting_kind")),
        sa.CheckConstraint("start IS NOT NULL OR status IN ('polling','cancelled')", name=op.f("ck_meeting_start")),
        sa.CheckConstraint("status IN ('polling','planned','cancelled','held')", name=op.f("ck_meeting_status")),
        sa.CheckConstraint('"end" IS NULL OR "end" > start', name=op.f("ck_meeting_end")),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 200", name=op.f("ck_meeting_title")),
        sa.ForeignKeyConstraint(["group_key"], ["group.key"], name=op.f("fk_meeting_group_key_group")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_meeting")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_meeting_group_key_status_start"), ["group_key", "status", "start"], unique=False
        )

    op.create_table(
        "member",
        sa.Column("room_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("membership", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(["room_id"], ["room.room_id"], name=op.f("fk_member_room_id_room"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("room_id", "user_id", name=op.f("pk_member")),
    )
    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_member_user_id"), ["user_id"], unique=False)

    op.create_table(
        "profile",
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("function", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("competences", sa.JSON(), nullable=False),
        sa.Column("offer", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("visibility", sa.JSON(), nullable=False),
        sa.Column("institution_from_office", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_profile_institution_id_institution")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_profile")),
    )
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asker", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("room_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("origin", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("slot", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("card", sa.Integer(), nullable=True),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("expires_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('open','answered','lapsed')", name=op.f("ck_question_state")),
        sa.ForeignKeyConstraint(["card"], ["outbox.id"], name=op.f("fk_question_card_outbox")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
    )
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_question_asker"), ["asker"], unique=False)

    op.create_table(
        "roster_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("institution", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("persons", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["group_key"], ["group.key"], name=op.f("fk_roster_entry_group_key_group")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_entry")),
        sa.UniqueConstraint("group_key", "institution", name=op.f("uq_roster_entry_group_key_institution")),
    )
    op.create_table(
        "task",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("group_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("parked_until", sa.Date(), nullable=True),
        sa.Column("parked_condition", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("created_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("closed_at", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.Column("event_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("assigned_in_room", sa.Boolean(), nullable=False),
        sa.CheckConstraint("status IN ('open','done','cancelled','parked')", name=op.f("ck_task_status")),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 200", name=op.f("ck_task_title")),
        sa.ForeignKeyConstraint(["group_key"], ["group.key"], name=op.f("fk_task_group_key_group")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_task")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_group_key_status_due"), ["group_key", "status", "due"], unique=False)

    op.create_table(
        "agenda_item",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("meeting_number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("goals", sa.JSON(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("presenter", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("origin", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("standing", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("proposed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("group_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("event_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('Auftakt','Impuls','Diskussion','Auftrag','Bericht','Verschiedenes','Pause')",
            name=op.f("ck_agenda_item_kind"),
        ),
        sa.CheckConstraint(
            "standing IS NULL OR standing IN ('configured','follow_ups')", name=op.f("ck_agenda_item_standing")
        ),
        sa.CheckConstraint(
            "status IN ('proposed','accepted','rejected','struck','carried')", name=op.f("ck_agenda_item_status")
        ),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 200", name=op.f("ck_agenda_item_title")),
        sa.CheckConstraint("minutes IS NULL OR minutes BETWEEN 1 AND 1440", name=op.f("ck_agenda_item_minutes")),
        sa.ForeignKeyConstraint(["group_key"], ["group.key"], name=op.f("fk_agenda_item_group_key_group")),
        sa.ForeignKeyConstraint(
            ["meeting_number"], ["meeting.number"], name=op.f("fk_agenda_item_meeting_number_meeting")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_agenda_item")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("agenda_item", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_agenda_item_meeting_number_position"), ["meeting_number", "position"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_agenda_item_origin"), ["origin"], unique=False)

    op.create_table(
        "ballot",
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("decision", sa.Integer(), nullable=False),
        sa.Column("choice", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint("choice IN ('yes','abstain','concern','objection')", name=op.f("ck_ballot_choice")),
        sa.ForeignKeyConstraint(["decision"], ["decision.number"], name=op.f("fk_ballot_decision_decision")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_ballot")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "decision_entitlement",
        sa.Column("decision", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision"], ["decision.number"], name=op.f("fk_decision_entitlement_decision_decision")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_decision_entitlement_institution_id_institution")
        ),
        sa.PrimaryKeyConstraint("decision", "institution_id", name=op.f("pk_decision_entitlement")),
    )
    op.create_table(
        "decision_follow_up",
        sa.Column("decision", sa.Integer(), nullable=False),
        sa.Column("task", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision"], ["decision.number"], name=op.f("fk_decision_follow_up_decision_decision")
        ),
        sa.ForeignKeyConstraint(["task"], ["task.number"], name=op.f("fk_decision_follow_up_task_task")),
        sa.PrimaryKeyConstraint("decision", "task", name=op.f("pk_decision_follow_up")),
    )
    op.create_table(
        "decision_transfer",
        sa.Column("decision", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("to_institution_id", sa.Integer(), nullable=False),
        sa.Column("given_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint("institution_id <> to_institution_id", name=op.f("ck_decision_transfer_other")),
        sa.ForeignKeyConstraint(["decision"], ["decision.number"], name=op.f("fk_decision_transfer_decision_decision")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_decision_transfer_institution_id_institution")
        ),
        sa.ForeignKeyConstraint(
            ["to_institution_id"], ["institution.id"], name=op.f("fk_decision_transfer_to_institution_id_institution")
        ),
        sa.PrimaryKeyConstraint("decision", "institution_id", name=op.f("pk_decision_transfer")),
    )
    op.create_table(
        "input",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("group_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("meeting", sa.Integer(), nullable=True),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("added", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("author", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("submitted_at", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.Column("late_at", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.Column("event_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint("status <> 'submitted' OR submitted_at IS NOT NULL", name=op.f("ck_input_submitted_at")),
        sa.CheckConstraint("status IN ('draft','submitted','withdrawn')", name=op.f("ck_input_status")),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 200", name=op.f("ck_input_title")),
        sa.ForeignKeyConstraint(["group_key"], ["group.key"], name=op.f("fk_input_group_key_group")),
        sa.ForeignKeyConstraint(["meeting"], ["meeting.number"], name=op.f("fk_input_meeting_meeting")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_input")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("input", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_input_meeting_group_key"), ["meeting", "group_key"], unique=False)

    op.create_table(
        "meeting_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("person", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("answer", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("mode", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("deputy", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("given_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("answer IN ('yes','no','maybe')", name=op.f("ck_meeting_answer_answer")),
        sa.CheckConstraint("mode IS NULL OR mode IN ('online','onsite')", name=op.f("ck_meeting_answer_mode")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_meeting_answer_institution_id_institution")
        ),
        sa.ForeignKeyConstraint(["meeting"], ["meeting.number"], name=op.f("fk_meeting_answer_meeting_meeting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_answer")),
        sa.UniqueConstraint("meeting", "institution_id", name=op.f("uq_meeting_answer_meeting_institution_id")),
    )
    op.create_table(
        "meeting_entitled",
        sa.Column("meeting", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_meeting_entitled_institution_id_institution")
        ),
        sa.ForeignKeyConstraint(["meeting"], ["meeting.number"], name=op.f("fk_meeting_entitled_meeting_meeting")),
        sa.PrimaryKeyConstraint("meeting", "institution_id", name=op.f("pk_meeting_entitled")),
    )
    op.create_table(
        "meeting_poll_date",
        sa.Column("meeting", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("start", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("end", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.CheckConstraint('"end" IS NULL OR "end" > start', name=op.f("ck_meeting_poll_date_end")),
        sa.CheckConstraint("number BETWEEN 1 AND 20", name=op.f("ck_meeting_poll_date_number")),
        sa.ForeignKeyConstraint(["meeting"], ["meeting.number"], name=op.f("fk_meeting_poll_date_meeting_meeting")),
        sa.PrimaryKeyConstraint("meeting", "number", name=op.f("pk_meeting_poll_date")),
    )
    op.create_table(
        "meeting_presence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("person", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("noted_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("institution_id IS NOT NULL OR person IS NOT NULL", name=op.f("ck_meeting_presence_who")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_meeting_presence_institution_id_institution")
        ),
        sa.ForeignKeyConstraint(["meeting"], ["meeting.number"], name=op.f("fk_meeting_presence_meeting_meeting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_presence")),
        sa.UniqueConstraint(
            "meeting", "institution_id", "person", name=op.f("uq_meeting_presence_meeting_institution_id_person")
        ),
    )
    with op.batch_alter_table("meeting_presence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_presence_meeting"), ["meeting"], unique=False)

    op.create_table(
        "participation",
        sa.Column("decision", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["decision"], ["decision.number"], name=op.f("fk_participation_decision_decision")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_participation_institution_id_institution")
        ),
        sa.PrimaryKeyConstraint("decision", "institution_id", name=op.f("pk_participation")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "task_assignee",
        sa.Column("task", sa.Integer(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('person','institution','body')", name=op.f("ck_task_assignee_kind")),
        sa.ForeignKeyConstraint(["task"], ["task.number"], name=op.f("fk_task_assignee_task_task")),
        sa.PrimaryKeyConstraint("task", "kind", "name", name=op.f("pk_task_assignee")),
    )
    with op.batch_alter_table("task_assignee", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_assignee_name_task"), ["name", "task"], unique=False)

    op.create_table(
        "vote",
        sa.Column("decision", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("choice", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("given_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.CheckConstraint("choice IN ('yes','abstain','concern','objection')", name=op.f("ck_vote_choice")),
        sa.ForeignKeyConstraint(["decision"], ["decision.number"], name=op.f("fk_vote_decision_decision")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_vote_institution_id_institution")
        ),
        sa.PrimaryKeyConstraint("decision", "institution_id", name=op.f("pk_vote")),
    )
    op.create_table(
        "input_file",
        sa.Column("input", sa.Integer(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("mimetype", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["input"], ["input.number"], name=op.f("fk_input_file_input_input")),
        sa.ForeignKeyConstraint(["sha256"], ["file.sha256"], name=op.f("fk_input_file_sha256_file")),
        sa.PrimaryKeyConstraint("input", "sha256", name=op.f("pk_input_file")),
    )
    op.create_table(
        "meeting_poll_vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("choice", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("given_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("choice IN ('yes','if_need_be','no')", name=op.f("ck_meeting_poll_vote_choice")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_meeting_poll_vote_institution_id_institution")
        ),
        sa.ForeignKeyConstraint(
            ["meeting", "number"],
            ["meeting_poll_date.meeting", "meeting_poll_date.number"],
            name=op.f("fk_meeting_poll_vote_meeting_number_meeting_poll_date"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_poll_vote")),
        sa.UniqueConstraint(
            "meeting", "number", "institution_id", name=op.f("uq_meeting_poll_vote_meeting_number_institution_id")
        ),
    )
    op.create_table(
        "minutes",
        sa.Column("meeting", sa.Integer(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("running", sa.Boolean(), nullable=False),
        sa.Column("started_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("started_at", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.Column("ended_at", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.Column("scribes", sa.JSON(), nullable=False),
        sa.Column("current_top", sa.Integer(), nullable=True),
        sa.Column("called_up", sa.JSON(), nullable=False),
        sa.Column("review_until", sa.Date(), nullable=True),
        sa.Column("number", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("checksum", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("frozen", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status <> 'final' OR (number IS NOT NULL AND checksum IS NOT NULL)", name=op.f("ck_minutes_final")
        ),
        sa.CheckConstraint("status <> 'review' OR review_until IS NOT NULL", name=op.f("ck_minutes_review_until")),
        sa.CheckConstraint("status = 'draft' OR NOT running", name=op.f("ck_minutes_running")),
        sa.CheckConstraint("status IN ('draft','review','final')", name=op.f("ck_minutes_status")),
        sa.ForeignKeyConstraint(
            ["current_top"], ["agenda_item.number"], name=op.f("fk_minutes_current_top_agenda_item")
        ),
        sa.ForeignKeyConstraint(["meeting"], ["meeting.number"], name=op.f("fk_minutes_meeting_meeting")),
        sa.PrimaryKeyConstraint("meeting", name=op.f("pk_minutes")),
        sa.UniqueConstraint("number", name=op.f("uq_minutes_number")),
    )
    with op.batch_alter_table("minutes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_minutes_running"), ["running"], unique=False)

    op.create_table(
        "minutes_attachment",
        sa.Column("meeting", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("mimetype", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("added_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("event_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint("number > 1", name=op.f("ck_minutes_attachment_number")),
        sa.ForeignKeyConstraint(["meeting"], ["minutes.meeting"], name=op.f("fk_minutes_attachment_meeting_minutes")),
        sa.PrimaryKeyConstraint("meeting", "number", name=op.f("pk_minutes_attachment")),
    )
    op.create_table(
        "minutes_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting", sa.Integer(), nullable=False),
        sa.Column("agenda_item", sa.Integer(), nullable=True),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("ref", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("event_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('Info','Frage','Antwort','Anregung','Aufgabe','Beschluss','Herausforderung','Zusammenfassung','Offener Punkt','Zustimmung')",
            name=op.f("ck_minutes_line_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["agenda_item"], ["agenda_item.number"], name=op.f("fk_minutes_line_agenda_item_agenda_item")
        ),
        sa.ForeignKeyConstraint(["meeting"], ["minutes.meeting"], name=op.f("fk_minutes_line_meeting_minutes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes_line")),
    )
    with op.batch_alter_table("minutes_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_minutes_line_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_minutes_line_meeting_position"), ["meeting", "position"], unique=False)
        batch_op.create_index(batch_op.f("ix_minutes_line_ref"), ["ref"], unique=False)

    op.create_table(
        "minutes_note",
        sa.Column("meeting", sa.Integer(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("line", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("event_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint("kind IN ('objection','addendum')", name=op.f("ck_minutes_note_kind")),
        sa.CheckConstraint("state IN ('open','accepted','rejected')", name=op.f("ck_minutes_note_state")),
        sa.ForeignKeyConstraint(["meeting"], ["minutes.meeting"], name=op.f("fk_minutes_note_meeting_minutes")),
        sa.PrimaryKeyConstraint("meeting", "kind", "number", name=op.f("pk_minutes_note")),
    )
