"""A port to listen on, or who has it."""

import socket

import psutil

from app.errors import Conflict


def listen(host: str, port: int) -> socket.socket:
    """A bound, listening socket; port 0 takes any free one.

    Raises:
        Conflict: The port is taken (by whom, where the system tells) or may not be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(2048)
    except PermissionError:
        bound.close()
        raise Conflict(f"Port {port} is reserved for administrators; choose one above 1023 with --port.") from None
    except OSError as error:
        bound.close()
        raise Conflict(
            f"Port {port} on {host} can't be used: {_holder(port) or error.strerror}. Choose another with --port, such as --port {port + 1}."
        ) from None
    return bound


def _holder(port: int) -> str | None:
    """Such as "python (pid 4711) has it"; None where the system does not tell."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return "another program has it"
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port:
            if connection.pid is None:
                return "another program has it"
            try:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid}) has it"
            except psutil.NoSuchProcess:
                return "another program has it"
    return None
