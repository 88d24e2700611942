"""Sends an email for each order."""

from worker import work


def send_email(order):
    print(f"email to {order['customer']}: thank you for order {order['number']}, {order['total']} EUR", flush=True)


work("email", send_email)
