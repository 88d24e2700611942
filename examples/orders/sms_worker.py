"""Sends a text message for each order."""

from worker import work


def send_sms(order):
    print(f"sms to {order['customer']}: order {order['number']} is on its way", flush=True)


work("sms", send_sms)
