"""Somebody who asks for other things while an attack goes on."""

import threading
import time

from wire import Client


class Victim(threading.Thread):
    """Asks one thing after another and notes every answer that is not its own."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.client, self.going, self.asked, self.wrong = Client(port), True, 0, []

    def run(self) -> None:
        while self.going:
            self.asked += 1
            answer = self.client.ask(f"/victim/{self.asked}")
            if answer.status != 200 or f"/victim/{self.asked} ".encode() not in answer.body:
                self.wrong.append((self.asked, answer))
                return
            time.sleep(0.001)

    def stop(self) -> None:
        self.going = False
        self.join()
