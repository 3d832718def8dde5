"""People who sign in to the console: their passwords, second factors, sessions, and the trail of their deeds.

Comes in: a name with a password, a code, a cookie, an administrator's wish. Goes out: an account, a session, or a
refusal that tells nobody whether the name exists. May use the store; knows nothing of HTTP. A crash here means that
somebody signs in again: a session is durable before its cookie is given, a deed before it is answered.
"""
