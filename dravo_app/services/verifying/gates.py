"""The gates' side of I9: an account's gate names what is in flight, and nothing else is."""

from sqlmodel import Session, col, func, select

from dravo_app.models import Account, AccountGate, Delivery, DeliveryState
from dravo_app.services.verifying.books import Books, Invariant


def check(session: Session, books: Books) -> None:
    _check_named(session, books)
    _check_sending(session, books)


def _check_named(session: Session, books: Books) -> None:
    statement = (
        select(Account.id, Delivery.id, Delivery.state, AccountGate.in_flight_key)
        .join(AccountGate, col(AccountGate.account_key) == col(Account.key))
        .join(Delivery, col(Delivery.key) == col(AccountGate.in_flight_key), isouter=True)
        .where(col(AccountGate.in_flight_key).is_not(None))
    )
    for account, delivery, state, key in session.exec(statement):
        if state != DeliveryState.SENDING:
            books.find(Invariant.I9, account, f"its gate names {delivery or key}, which is {state or 'not there'}")


def _check_sending(session: Session, books: Books) -> None:
    statement = (
        select(Delivery.id, Account.id, AccountGate.in_flight_key, Delivery.key)
        .join(Account, col(Account.key) == col(Delivery.account_key))
        .join(AccountGate, col(AccountGate.account_key) == col(Delivery.account_key), isouter=True)
        .where(col(Delivery.state) == DeliveryState.SENDING)
    )
    sending = session.exec(statement).all()
    for delivery, account, named, key in sending:
        if named != key:
            books.find(Invariant.I9, delivery, f"is sending, and the gate of {account} names {named or 'nothing'}")
    several = (
        select(Account.id, func.count())
        .join(Delivery, col(Delivery.account_key) == col(Account.key))
        .where(col(Delivery.state) == DeliveryState.SENDING)
        .group_by(col(Account.id))
        .having(func.count() > 1)
    )
    for account, number in session.exec(several):
        books.find(Invariant.I9, account, f"sends {number} posts at once")
