"""What every table shares: naming of constraints, moments in UTC, and the marks that history and privacy read."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import DateTime
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

# Names from the first revision on: without them a later migration cannot drop a constraint on SQLite.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """A point in time. Refuses naive datetimes, stores UTC, always gives back an aware UTC datetime."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store in UTC; SQLite forgets the offset, so it is taken off there knowingly.

        Raises:
            ValueError: the datetime has no time zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: a moment needs its time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the stored moment its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@dataclass(frozen=True)
class Expiry:
    """How long rows are kept: deleted ``after`` the moment in ``column``, ``unless`` in one of these states."""

    column: str
    after: timedelta
    unless: tuple[str, ...] = ()


class Table(SQLModel):
    """Base of all tables.

    ``tracked`` says that every change of a row is kept as history (and can be undone);
    ``created_undone`` holds the column values that a just created row gets when its creation is undone;
    ``expiry`` is for rows that nobody asks for any more after a while (D3).
    """

    tracked: ClassVar[bool] = False
    created_undone: ClassVar[dict[str, Any] | None] = None
    expiry: ClassVar[Expiry | None] = None


def moment(*, null: bool = False, index: bool = False, personal: bool = False) -> Any:
    """A column for a point in time, see :class:`Moment`."""
    return Field(
        default=None if null else ...,
        sa_type=Moment,
        nullable=null,
        index=index,
        sa_column_kwargs={"info": {"personal": personal}},
    )


def personal(*, owner: bool = False, **options: Any) -> Any:
    """A column that can hold a person's id, name, address or free text (register of personal columns, D1).

    ``owner``: a row is about the person in this column and nothing without them, so that erasing deletes the row. So
    does a person in a primary key; in all other columns a neutral mark takes the person's place.
    """
    return Field(sa_column_kwargs={"info": {"personal": True, "owner": owner}}, **options)
