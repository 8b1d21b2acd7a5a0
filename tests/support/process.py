"""One child process with its log file: started, watched, stopped or killed by its own id."""
import os
import signal
import subprocess

from .deadline import wait_until


class Process:
    def __init__(self, name, command, log_path, env=None, cwd=None):
        self.name, self.command, self.log_path = name, [str(c) for c in command], log_path
        self._log = open(log_path, "ab")
        self._start_of_log = self._log.tell()
        full_env = dict(os.environ, **env) if env else None
        self.popen = subprocess.Popen(self.command, stdout=self._log, stderr=subprocess.STDOUT,
                                      stdin=subprocess.DEVNULL, env=full_env, cwd=cwd)

    @property
    def pid(self):
        return self.popen.pid

    def running(self):
        return self.popen.poll() is None

    def output(self):
        """What this start of the process wrote so far."""
        with open(self.log_path, "rb") as log:
            log.seek(self._start_of_log)
            return log.read().decode(errors="replace")

    def wait_for_line(self, text, seconds):
        """Waits for a line that contains `text` and returns it; an early exit fails at once."""
        def look():
            for line in self.output().splitlines():
                if text in line:
                    return line
            if not self.running():
                raise AssertionError(f"{self.name} exited with {self.popen.returncode} before it "
                                     f"printed {text!r}:\n{self.output()[-4000:]}")
            return None
        return wait_until(look, seconds, f"{self.name} prints {text!r}", 0.005,
                          lambda: self.output()[-4000:])

    def signal(self, number):
        self.popen.send_signal(number)

    def stop(self, seconds=20):
        """SIGTERM and wait; returns the exit status."""
        if self.running():
            self.signal(signal.SIGTERM)
            wait_until(lambda: not self.running(), seconds, f"{self.name} stops after SIGTERM",
                       0.01, lambda: self.output()[-2000:])
        self._log.close()
        return self.popen.returncode

    def kill(self):
        """SIGKILL and wait."""
        if self.running():
            self.popen.kill()
            self.popen.wait()
        self._log.close()
