"""Second tables."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import ombot.store.base

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables here from the revision before."""
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("over_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('entered','withdrawn')", name=op.f("ck_absence_status")),
        sa.CheckConstraint("last >= first", name=op.f("ck_absence_last")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_absence_person"), ["person"], unique=False)

    op.create_table(
        "mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("recipient", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.Column("created_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("sent_at", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.Column("error", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.CheckConstraint("state IN ('waiting','sent','parked','withdrawn')", name=op.f("ck_mail_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("key", name=op.f("uq_mail_key")),
        sa.UniqueConstraint("message_id", name=op.f("uq_mail_message_id")),
    )
    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mail_address_id"), ["address_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_mail_state_not_before"), ["state", "not_before"], unique=False)

    op.create_table(
        "missed_search",
        sa.Column("stems", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("words", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("stems", name=op.f("pk_missed_search")),
    )
    op.create_table(
        "newcomer",
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("invited_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("joined_at", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.Column("listed_at", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_newcomer")),
    )
    op.create_table(
        "preference",
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("pace", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("weekly", sa.Boolean(), nullable=False),
        sa.Column("changed_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("pace IN ('all','morning','none')", name=op.f("ck_preference_pace")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_preference")),
    )
    op.create_table(
        "profile_draft",
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("asked_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_profile_draft")),
    )
    op.create_table(
        "profile_photo",
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("added_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("jpeg", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_profile_photo")),
        sa.UniqueConstraint("name", name=op.f("uq_profile_photo_name")),
    )
    op.create_table(
        "search_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("field", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("stems", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("level", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_text")),
        sa.UniqueConstraint("subject", "key", "field", name=op.f("uq_search_text_subject_key_field")),
    )
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_key", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("secret", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("tasks", sa.Boolean(), nullable=False),
        sa.Column("renewed_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("(group_key IS NULL) <> (user_id IS NULL)", name=op.f("ck_calendar_feed_owner")),
        sa.ForeignKeyConstraint(["group_key"], ["group.key"], name=op.f("fk_calendar_feed_group_key_group")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("digest", name=op.f("uq_calendar_feed_digest")),
        sa.UniqueConstraint("group_key", name=op.f("uq_calendar_feed_group_key")),
        sa.UniqueConstraint("user_id", name=op.f("uq_calendar_feed_user_id")),
    )
    op.create_table(
        "departure",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("group_key", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("person", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("offered", sa.JSON(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('asked','settled')", name=op.f("ck_departure_state")),
        sa.ForeignKeyConstraint(["group_key"], ["group.key"], name=op.f("fk_departure_group_key_group")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_departure")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("departure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_departure_group_key"), ["group_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_departure_person"), ["person"], unique=False)

    op.create_table(
        "earlier_minutes",
        sa.Column("number", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("group_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("file_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("mimetype", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("imported_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["group_key"], ["group.key"], name=op.f("fk_earlier_minutes_group_key_group")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_earlier_minutes")),
        sa.UniqueConstraint("sha256", name=op.f("uq_earlier_minutes_sha256")),
    )
    op.create_table(
        "institution_profile",
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("drafted_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("drafted_at", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.Column("agreed_by", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_institution_profile_institution_id_institution")
        ),
        sa.PrimaryKeyConstraint("institution_id", name=op.f("pk_institution_profile")),
    )
    op.create_table(
        "mail_address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("asked_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("asked_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("consented_at", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.CheckConstraint("(user_id IS NULL) <> (institution_id IS NULL)", name=op.f("ck_mail_address_whose")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_mail_address_institution_id_institution")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_address")),
        sa.UniqueConstraint("institution_id", name=op.f("uq_mail_address_institution_id")),
        sa.UniqueConstraint("user_id", name=op.f("uq_mail_address_user_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "meeting_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("place", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("url", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("unit", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("nth", sa.Integer(), nullable=True),
        sa.Column("day", sa.Integer(), nullable=True),
        sa.Column("start_time", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("end_time", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("extend_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("created_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("event_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint("status IN ('running','ended')", name=op.f("ck_meeting_series_status")),
        sa.CheckConstraint("unit IN ('week','month')", name=op.f("ck_meeting_series_unit")),
        sa.CheckConstraint("every BETWEEN 1 AND 12", name=op.f("ck_meeting_series_every")),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 200", name=op.f("ck_meeting_series_title")),
        sa.CheckConstraint("weekday IS NOT NULL OR day IS NOT NULL", name=op.f("ck_meeting_series_day")),
        sa.ForeignKeyConstraint(["group_key"], ["group.key"], name=op.f("fk_meeting_series_group_key_group")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_series")),
    )
    op.create_table(
        "acquaintance",
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("since", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["skipped"], ["meeting.number"], name=op.f("fk_acquaintance_skipped_meeting")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_acquaintance")),
    )
    op.create_table(
        "introduction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting", sa.Integer(), nullable=False),
        sa.Column("made_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("alias", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint("state IN ('made','told')", name=op.f("ck_introduction_state")),
        sa.ForeignKeyConstraint(["meeting"], ["meeting.number"], name=op.f("fk_introduction_meeting_meeting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_introduction")),
        sa.UniqueConstraint("alias", name=op.f("uq_introduction_alias")),
    )
    with op.batch_alter_table("introduction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_introduction_meeting"), ["meeting"], unique=False)

    op.create_table(
        "mail_link",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("purpose", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("about", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", ombot.store.base.Moment(timezone=True), nullable=False),
        sa.Column("used_at", ombot.store.base.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["address_id"], ["mail_address.id"], name=op.f("fk_mail_link_address_id_mail_address"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_link")),
    )
    with op.batch_alter_table("mail_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mail_link_address_id"), ["address_id"], unique=False)

    op.create_table(
        "meeting_series_date",
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("meeting", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["meeting"], ["meeting.number"], name=op.f("fk_meeting_series_date_meeting_meeting")),
        sa.ForeignKeyConstraint(
            ["series"], ["meeting_series.id"], name=op.f("fk_meeting_series_date_series_meeting_series")
        ),
        sa.PrimaryKeyConstraint("series", "day", name=op.f("pk_meeting_series_date")),
        sa.UniqueConstraint("meeting", name=op.f("uq_meeting_series_date_meeting")),
    )
    op.create_table(
        "introduced",
        sa.Column("introduction", sa.Integer(), nullable=False),
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["introduction"],
            ["introduction.id"],
            name=op.f("fk_introduced_introduction_introduction"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("introduction", "user_id", name=op.f("pk_introduced")),
    )
    with op.batch_alter_table("introduced", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_introduced_user_id"), ["user_id"], unique=False)

    with op.batch_alter_table("profile_stem", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_profile_stem_user_id"))

    op.drop_table("profile_stem")
    with op.batch_alter_table("meeting_answer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("from_absence", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("vote", schema=None) as batch_op:
        batch_op.add_column(sa.Column("on_behalf", sa.Boolean(), server_default=sa.false(), nullable=False))
