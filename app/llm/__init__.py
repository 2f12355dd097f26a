"""How to talk to a chat model; knows nothing of interviews."""
