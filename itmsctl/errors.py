"""The error tree: what went wrong, why, and what to type next.

Every failure that a user can cause or meet is an `ItmsError`. Anything else that reaches `main` is a bug.

    ItmsError
    ├── UsageError            2   wrong usage
    ├── InputError            3   a file or value is bad          (also a ValueError)
    ├── NotPermittedError     4   role or scope does not allow it (also a PermissionError)
    ├── NotFoundError         5   not found, or a required selector matched nothing (also a LookupError)
    ├── ConflictError         6   stale, or a different object of that name
    ├── PartialError          7   some computers or items failed
    ├── FailedError           8   nothing succeeded
    ├── GuardError            9   a guard said no
    ├── OutcomeUnknownError  10   reconcile
    ├── StorageError         11   database or disk unavailable or unfit (also an OSError)
    ├── HostIdentityError    12   a computer is not who it should be
    ├── VaultLockedError     13   vault locked
    ├── IntegrityError       14   signature, hash, rollback, audit chain
    ├── BusyError            15   a lock is held; the same command will pass later
    ├── FindingsError        20   a check found something (not a failure of the tool)
    └── AlreadyDoneError      0   a command of this idempotency key ran before (not a failure)

A leaf class sets `code` (capitals, stable for ever). Leaves live here, so that one file lists every code; a test fails
when two share one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self


class ItmsError(Exception):
    """A failure as data: `message` says what, `why` the cause, `hint` the next command to type."""

    code: ClassVar[str] = "ERROR"
    exit_status: ClassVar[int] = 1

    def __init__(
        self, message: str, *, why: str = "", hint: str = "", details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.why = why
        self.hint = hint
        self.details: dict[str, Any] = dict(details or {})
        self.also: tuple[ItmsError, ...] = ()  # what else is wrong with the same object

    @property
    def in_full(self) -> str:
        """Return what is wrong and why, in one line."""
        return f"{self.message}: {self.why}" if self.why else self.message

    def about(self, field: str, *inside: str | int, key: bool = False) -> Self:
        """Say which field of an object it is about, and which member, part or key of that; return the error itself.

        What it says already of this field stays, as does the `offset` in a text; what it says of another field is
        of another object, whose error this one was.
        """
        if self.details.get("field", field) != field:
            self.details = {k: v for k, v in self.details.items() if k not in {"inside", "key", "offset"}}
        self.details["field"] = field
        if inside and "inside" not in self.details:
            self.details |= {"inside": list(inside)} | ({"key": True} if key else {})
        return self

    def as_dict(self) -> dict[str, Any]:
        """Return the object that `--error-format json` prints."""
        return {
            "code": self.code,
            "message": self.message,
            "why": self.why,
            "hint": self.hint,
            "details": self.details,
        }


def family(kind: type[ItmsError]) -> Iterator[type[ItmsError]]:
    """Yield a class of errors and all that are derived from it."""
    yield kind
    for one in kind.__subclasses__():
        yield from family(one)


def raise_all(found: Sequence[ItmsError]) -> None:
    """Raise the first of several errors of one object, which holds the others, unless there is none."""
    if found:
        found[0].also = tuple(found[1:])
        raise found[0]


class UsageError(ItmsError):
    """Wrong usage: an option or argument that the command does not take."""

    code = "USAGE"
    exit_status = 2


class InputError(ItmsError, ValueError):
    """Input rejected: a bad file or value."""

    code = "INPUT"
    exit_status = 3


class NotPermittedError(ItmsError, PermissionError):
    """Not permitted by role or scope."""

    code = "NOT-PERMITTED"
    exit_status = 4


class NotFoundError(ItmsError, LookupError):
    """Not found, or a required selector matched nothing."""

    code = "NOT-FOUND"
    exit_status = 5


class ConflictError(ItmsError):
    """The object is not what the command took it for."""

    code = "CONFLICT"
    exit_status = 6


class PartialError(ItmsError):
    """Some computers or items failed or could not be reached; the others went through."""

    code = "PARTIAL"
    exit_status = 7


class FailedError(ItmsError):
    """Nothing succeeded."""

    code = "FAILED"
    exit_status = 8


class GuardError(ItmsError):
    """Refused by a guard; nothing was dispatched or written."""

    code = "GUARD"
    exit_status = 9


class OutcomeUnknownError(ItmsError):
    """At least one outcome is unknown."""

    code = "OUTCOME-UNKNOWN"
    exit_status = 10


class StorageError(ItmsError, OSError):
    """Storage or database unavailable."""

    code = "STORAGE"
    exit_status = 11


class HostIdentityError(ItmsError):
    """A computer is not the one that was recorded."""

    code = "HOST-IDENTITY"
    exit_status = 12


class VaultLockedError(ItmsError):
    """The vault is locked."""

    code = "VAULT-LOCKED"
    exit_status = 13


class IntegrityError(ItmsError):
    """Signature, hash, rollback or audit chain does not hold."""

    code = "INTEGRITY"
    exit_status = 14


class BusyError(ItmsError):
    """A lock is held; the same command will pass later."""

    code = "BUSY"
    exit_status = 15


class FindingsError(ItmsError):
    """A check found something."""

    code = "FINDINGS"
    exit_status = 20


class AlreadyDoneError(ItmsError):
    """Not a failure: a command with this idempotency key was recorded before, so it is not run again."""

    code = "ALREADY-DONE"
    exit_status = 0


# Precedence of exit statuses when several apply at once (docs/reference/exit-codes.md): the first wins.
PRECEDENCE = (1, 2, 3, 4, 13, 11, 14, 12, 10, 9, 15, 8, 7, 6, 5, 20)


def worst(statuses: set[int]) -> int:
    """Return the exit status that wins among several; 0 for none."""
    return next((status for status in PRECEDENCE if status in statuses), 0)


# --- leaves -----------------------------------------------------------------------------------------------------------


class OutputExistsError(ConflictError):
    """The file that was to be written exists."""

    code = "OUT-EXISTS"


class OutputInUseError(ConflictError):
    """The file that was to be written is a database, a backup, a key or a setting; it is never replaced."""

    code = "OUT-IN-USE"


class StateDirUnsafeError(StorageError):
    """A file or folder of ours can be read or written by others."""

    code = "STATE-DIR-UNSAFE"


class StorageFullError(StorageError):
    """The disk is full; the transaction was rolled back."""

    code = "STORAGE-FULL"


class DatabaseRightsError(NotPermittedError):
    """The database user lacks a right on the tables of itmsctl."""

    code = "DB-NOT-PERMITTED"


class DatabaseCorruptError(StorageError):
    """The database file is damaged or is not a database."""

    code = "DB-CORRUPT"


class DatabaseReadOnlyError(StorageError):
    """The database cannot be written."""

    code = "DB-READ-ONLY"


class DatabaseNewerError(StorageError):
    """The database was made by a newer version of the program."""

    code = "DB-NEWER-THAN-PROGRAM"


class DatabaseOutdatedError(StorageError):
    """The database needs a migration."""

    code = "DB-NEEDS-UPGRADE"


class MachineLimitError(StorageError):
    """The machine gives this process no more memory or threads."""

    code = "MACHINE-LIMIT"


class DatabaseForeignError(StorageError):
    """The database belongs to another program, or is left from one that was stopped half way."""

    code = "DB-FOREIGN"


class DatabaseUnavailableError(StorageError):
    """The database server does not answer."""

    code = "DB-UNAVAILABLE"


class DatabaseOlderThanSeenError(IntegrityError):
    """The database is an older copy than the one last written."""

    code = "DB-OLDER-THAN-SEEN"


class DatabaseGoneError(DatabaseOlderThanSeenError):
    """Nothing stands where a database with changes was seen: it is not made again in silence."""

    code = "DB-GONE"


class AuditChainError(IntegrityError):
    """The chain of change-sets does not verify."""

    code = "AUDIT-CHAIN-BROKEN"


class AuditDiffersError(IntegrityError):
    """An object, a result, a key or a scope is not what the audit said of it last: it was changed past the program."""

    code = "AUDIT-DIFFERS"


class ForeignCodeError(IntegrityError):
    """A database or backup holds triggers, rules, functions or definitions that this program did not make."""

    code = "DB-FOREIGN-CODE"


class RowUnreadableError(IntegrityError):
    """A stored value has a form that this program never writes."""

    code = "ROW-UNREADABLE"


class PlanDamagedError(IntegrityError):
    """A saved plan is not as it was written."""

    code = "PLAN-DAMAGED"


class DatabaseBusyError(BusyError):
    """Another process holds the write lock."""

    code = "DB-BUSY"


class MigrationRunningError(BusyError):
    """Another process is migrating the database."""

    code = "MIGRATION-IN-PROGRESS"


class PurgedError(NotFoundError):
    """What is asked for was purged; the checkpoint of the audit says when, and by whom."""

    code = "PURGED"


class FieldError(InputError):
    """An unknown field or a value that a field does not take."""

    code = "FIELD"


class ExpressionError(InputError):
    """An expression of the filter language that cannot be used; names line and column."""

    code = "EXPRESSION"


class ArchiveUnsafeError(InputError):
    """An archive that holds what no file of ours is: a link, a path, a device, a bomb. Nothing of it was used."""

    code = "ARCHIVE-UNSAFE"


class FileFormatError(InputError):
    """A file that is not in the form it should be in; names file, line and column."""

    code = "FILE-FORMAT"


class YamlTagError(FileFormatError):
    """A YAML tag: it would ask the reader to build something other than text, lists and maps."""

    code = "YAML-TAG"


class YamlAliasError(FileFormatError):
    """A YAML anchor or alias: a few bytes of it can grow into gigabytes."""

    code = "YAML-ALIAS"


class YamlDuplicateKeyError(FileFormatError):
    """A YAML map with one key twice: readers differ in which they keep."""

    code = "YAML-DUPLICATE-KEY"


class RowsRejectedError(InputError):
    """Rows of an import file were rejected; nothing of the file was applied."""

    code = "ROWS-REJECTED"


class SizingLimitError(InputError):
    """More endpoints than the numbers of sizing have a row for, or none at all."""

    code = "SIZING-LIMIT"


class DocumentsRejectedError(InputError):
    """Documents are wrong; every mistake is named, and nothing of them was applied."""

    code = "DOCUMENTS-REJECTED"


class DocumentsConflictError(ConflictError):
    """What the database holds stands against the documents; nothing of them was applied."""

    code = "DOCUMENTS-CONFLICT"


class NameTakenError(ConflictError):
    """A different object of that name exists."""

    code = "NAME-TAKEN"


class NameTooSimilarError(ConflictError):
    """A name that reads like an existing one."""

    code = "NAME-TOO-SIMILAR"


class IdentityTakenError(ConflictError):
    """A computer that is to be added brings the serial number or UUID of one that is known."""

    code = "IDENTITY-TAKEN"


class GuidTakenError(ConflictError):
    """A document gives an object the GUID of another one."""

    code = "GUID-TAKEN"


class ServerUnfitError(ConflictError):
    """A computer can host none of the site services that it is to host."""

    code = "SERVER-UNFIT"


class SoftwareCycleError(ConflictError):
    """Software depends on itself, or supersedes itself, by way of others."""

    code = "SOFTWARE-CYCLE"


class SoftwareConflictError(ConflictError):
    """What is asked of software cannot be: two exclude each other, or something is needed that is to go."""

    code = "SOFTWARE-CONFLICT"


class InUseError(ConflictError):
    """The object is used by others."""

    code = "IN-USE"
    users: tuple[str, ...] = ()  # each by its kind and name, where they are known one by one


class PlanChangedError(ConflictError):
    """What was previewed is no longer what would happen."""

    code = "PLAN-CHANGED"


class PlanStaleError(ConflictError):
    """What a saved plan is about has changed since it was made; nothing was applied."""

    code = "PLAN-STALE"


class UndoConflictError(ConflictError):
    """What a change-set left was changed since, or cannot be put back as it was; nothing was written."""

    code = "UNDO-CONFLICT"


class RevisionMovedError(ConflictError):
    """Somebody changed the object meanwhile."""

    code = "REVISION-MOVED"


class SelectorRequiredError(UsageError):
    """A running or changing verb needs a selector or `--all`."""

    code = "SELECTOR-REQUIRED"


class ConfirmationRequiredError(UsageError):
    """A dangerous verb was not confirmed."""

    code = "CONFIRMATION-REQUIRED"


class InsecureUrlError(UsageError):
    """A database URL that would send data in clear."""

    code = "INSECURE-URL"


class BlockoutError(GuardError):
    """A blockout forbids all contact with a computer now; it was not contacted."""

    code = "BLOCKOUT"


class NotConfirmedError(GuardError):
    """The person said no; nothing was changed."""

    code = "NOT-CONFIRMED"


class UndoRefusedError(GuardError):
    """A change-set that did what cannot be taken back: runs, secrets, merges; nothing was written."""

    code = "UNDO-REFUSED"


class SizeGuardError(GuardError):
    """The selection is larger than the guard, `--max` or `--expect` allows."""

    code = "SIZE-GUARD"


# Transports: the reasons why a computer could not be reached, was not who it should be, or did not run a command.


class UnreachableError(FailedError):
    """A computer could not be reached or logged in to; nothing was started."""

    code = "UNREACHABLE"


class PortRefusedError(UnreachableError):
    """The computer answers, but nothing listens on the port."""

    code = "REFUSED"


class ConnectTimedOutError(UnreachableError):
    """No answer at all: the packets are dropped, or the computer is off."""

    code = "TIMED-OUT"


class UnresolvableError(UnreachableError):
    """The host name has no address, or the name server does not answer."""

    code = "UNRESOLVABLE"


class NoRouteError(UnreachableError):
    """No network route to the address."""

    code = "NO-ROUTE"


class SilentPortError(UnreachableError):
    """The port is open but says nothing."""

    code = "SILENT"


class HostNotSshError(UnreachableError):
    """The port answers, but not as an SSH server."""

    code = "HOST-NOT-SSH"


class NoCommonAlgorithmError(UnreachableError):
    """The SSH server offers only algorithms that are refused here."""

    code = "SSH-NO-COMMON-ALGORITHM"


class HostNotSmbError(UnreachableError):
    """The port answers, but not as an SMB server."""

    code = "HOST-NOT-SMB"


class AuthFailedError(UnreachableError):
    """The login was refused."""

    code = "AUTH-FAILED"


class BusyServerError(UnreachableError):
    """The SSH server, or a jump host before it, turned the connection away before any login: too many at once."""

    code = "BUSY-SERVER"


class SessionRefusedError(UnreachableError):
    """The login was done, but the SSH server opens no session (MaxSessions); nothing was sent."""

    code = "SESSION-REFUSED"


class NotStartedError(FailedError):
    """The computer was reached, but the command was not started."""

    code = "NOT-STARTED"


class SudoNoPromptError(NotStartedError):
    """Sudo neither asked for the password with our marker nor started the command; nothing was sent."""

    code = "SUDO-NO-PROMPT"


class SudoRejectedError(NotStartedError):
    """Sudo refused the user or the password."""

    code = "SUDO-REJECTED"


class RemoteDirUnsafeError(NotStartedError):
    """The folder of run markers on the endpoint belongs to somebody else or is open to others."""

    code = "REMOTE-DIR-UNSAFE"


class RemoteStorageError(NotStartedError):
    """The endpoint cannot store the run: disk full, read-only, or no home folder."""

    code = "REMOTE-STORAGE"


class ShellRefusedError(NotStartedError):
    """The login shell of the account did not run our program (nologin, a forced command)."""

    code = "SHELL-REFUSED"


class UploadTornError(NotStartedError):
    """The script did not arrive whole, so it was not started."""

    code = "UPLOAD-TORN"


class InterpreterMissingError(NotStartedError):
    """The endpoint has no such interpreter."""

    code = "INTERPRETER-MISSING"


class NoCommandsError(NotStartedError):
    """Over this transport nothing is started there: it is no Windows, or who logs in has no right to."""

    code = "NO-COMMANDS"


class RemoteKilledError(FailedError):
    """The command was stopped."""

    code = "TIME-LIMIT"


class TransferError(FailedError):
    """A file could not be written, read or listed on the endpoint."""

    code = "TRANSFER-FAILED"


class TransferCutError(TransferError):
    """The link broke during a transfer: the endpoint has the old content or the new one, never a part."""

    code = "TRANSFER-CUT"


class NoShareError(TransferError):
    """The SMB server has no such share."""

    code = "NO-SHARE"


class NoNeighbourError(FailedError):
    """No other computer of the same subnet is known that could wake this one."""

    code = "NO-NEIGHBOUR"


class NoMacError(FailedError):
    """No hardware address of the computer is recorded, so it cannot be woken."""

    code = "NO-MAC"


class MailError(FailedError):
    """A mail was refused, or its server could not be reached; it was not sent."""

    code = "MAIL-FAILED"


class MailUnknownError(OutcomeUnknownError):
    """The link to the mail server broke before it confirmed: the mail may have been sent."""

    code = "MAIL-UNKNOWN"


class HostKeyChangedError(HostIdentityError):
    """The host key differs from the pinned one; nothing was sent."""

    code = "HOST-KEY-CHANGED"


class HostKeyUnknownError(HostIdentityError):
    """No host key is pinned for this computer; nothing was sent."""

    code = "HOST-KEY-UNKNOWN"


class HostKeyRevokedError(HostIdentityError):
    """The host key was revoked; nothing was sent."""

    code = "HOST-KEY-REVOKED"


class WrongHostError(HostIdentityError):
    """Another computer answers at the address; nothing was run."""

    code = "WRONG-HOST"


class SmbUnencryptedError(HostIdentityError):
    """The SMB server encrypts nothing; nobody logged in."""

    code = "SMB-UNENCRYPTED"


class SmbUnsignedError(HostIdentityError):
    """An answer of the SMB server is not proven to be its own: neither signed nor encrypted, or wrongly."""

    code = "SMB-UNSIGNED"


class SmbGuestError(HostIdentityError):
    """The SMB server let in anybody, as a guest: it proved nothing, and nothing was sent."""

    code = "SMB-GUEST"


class LinkLostError(OutcomeUnknownError):
    """The connection was cut after the command was sent."""

    code = "LINK-LOST"


class StopUnconfirmedError(OutcomeUnknownError):
    """The command passed its time limit and could not be seen to end."""

    code = "STOP-UNCONFIRMED"


class NoAnswerError(OutcomeUnknownError):
    """The computer was reached, but did not answer within the limit."""

    code = "NO-ANSWER"


class ComputerRestartedError(FailedError):
    """The computer was restarted while the command ran, or may have run; it left no exit status."""

    code = "COMPUTER-RESTARTED"


class MarkerLostError(FailedError):
    """Nothing is known any more of a command that may have been started."""

    code = "MARKER-LOST"


class ProcessGoneError(FailedError):
    """The command was started, and neither runs nor left an exit status: something killed its process."""

    code = "PROCESS-GONE"


class KilledError(FailedError):
    """The command was killed because somebody asked for it."""

    code = "KILLED"


class ReplyGarbledError(OutcomeUnknownError):
    """The endpoint did not answer in the words of the run marker."""

    code = "REPLY-GARBLED"


class PrivateKeyError(InputError):
    """A private key file cannot be used."""

    code = "PRIVATE-KEY"


# Runs.


class RunStateError(ConflictError):
    """A run, or a computer of it, cannot go from its state to the one that was asked for."""

    code = "RUN-STATE"


class RunBusyError(BusyError):
    """Another process drives this run."""

    code = "RUN-BUSY"


class TickBusyError(BusyError):
    """Another tick decides what is due."""

    code = "TICK-BUSY"


class CopyActsError(GuardError):
    """The database is a copy of the live one, so it acts on nobody."""

    code = "DB-COPY"


class StoppedError(GuardError):
    """The file STOP in the state folder forbids new dispatches."""

    code = "STOPPED"


class KeyFileUnsafeError(InputError):
    """A private key or a file with a secret can be read by other users."""

    code = "KEY-FILE-UNSAFE"


# Selecting and targeting.


class SelectorError(InputError):
    """A selector of `--target` that cannot be read; names the column."""

    code = "SELECTOR"


class AmbiguousNameError(InputError):
    """A name that objects of several kinds bear."""

    code = "AMBIGUOUS-NAME"


class SqlFilterError(InputError):
    """The query of a SQL filter is not one SELECT over the documented views, or it failed."""

    code = "SQL-FILTER"


class TemplateError(InputError):
    """A template is no template, or names what is not known of the computer."""

    code = "TEMPLATE"


class MembershipDriftError(FindingsError):
    """A complete membership update found what the updates before it should have left right (MEMB-12)."""

    code = "MEMBERSHIP-DRIFT"


# The vault and its credentials.


class WrongPassphraseError(VaultLockedError):
    """The passphrase does not open the vault."""

    code = "WRONG-PASSPHRASE"


class VaultMissingError(NotFoundError):
    """There is no vault in this database yet."""

    code = "NO-VAULT"


class VaultExistsError(ConflictError):
    """There is a vault already: a new one would lose the secrets that it holds."""

    code = "VAULT-EXISTS"


class VaultRekeyedError(ConflictError):
    """The vault got another key while a command held the old one; nothing was stored."""

    code = "VAULT-REKEYED"


class VaultTamperedError(IntegrityError):
    """A record of the vault does not open under the right key: it was changed, or is another row's."""

    code = "VAULT-TAMPERED"


class VaultPlaintextError(IntegrityError):
    """What was stored for a secret could be read without the key; it was rolled back."""

    code = "VAULT-PLAINTEXT"


class CredentialScopeError(NotPermittedError):
    """A computer lies outside the scope of a credential; it was not contacted."""

    code = "CRED-SCOPE"


class CredentialNotForDiscoveryError(NotPermittedError):
    """A password of the vault goes only to computers whose host key is pinned."""

    code = "CRED-NOT-FOR-DISCOVERY"


class VaultInUseError(ConflictError):
    """The vault holds secrets: it is not removed before they are."""

    code = "VAULT-IN-USE"


# Reports.


class ReportSqlError(InputError):
    """The query of a report is not one SELECT over the documented views that both engines read, or it failed."""

    code = "REPORT-SQL"


class ShippedReportError(NotPermittedError):
    """A report that comes with the program is not changed or removed; its clone is."""

    code = "REPORT-SHIPPED"


# Inventory.


class InventoryGarbledError(FailedError):
    """What a computer answered is no inventory."""

    code = "INVENTORY-GARBLED"


class InventoryTooLongError(FailedError):
    """A computer sent more than any inventory is; nothing of it is kept."""

    code = "INVENTORY-TOO-LONG"


# Packages.


class PackageHashError(IntegrityError):
    """Bytes of a package are not those that its manifest names; nothing of it is run."""

    code = "PKG-HASH-MISMATCH"


class PackageObjectMissingError(StorageError):
    """The library does not hold the bytes of a package."""

    code = "PKG-OBJECT-MISSING"


class ReaderMissingError(InputError):
    """A file is of a format whose reader needs a library that is not installed."""

    code = "READER-MISSING"


# Packages: whether bytes are those that somebody signed for.


class PackageTooLongError(IntegrityError):
    """A server sent more bytes of a file than it has; what came was removed."""

    code = "PKG-TOO-LONG"


class ManifestNotInCatalogError(IntegrityError):
    """What a package is now is not what the signed catalogue says of it; nothing was sent."""

    code = "MANIFEST-NOT-IN-CATALOG"


class CatalogRollbackError(IntegrityError):
    """The signed catalogue of packages is older than the one trusted before, or another one of its version."""

    code = "CATALOG-ROLLBACK"


class CatalogExpiredError(IntegrityError):
    """The signed catalogue of packages has expired: it may be held back while a newer one is there."""

    code = "CATALOG-EXPIRED"


class ClockBehindError(IntegrityError):
    """The clock of this machine is behind a time that was seen before."""

    code = "CLOCK-BEHIND"


class CatalogVersionJumpError(IntegrityError):
    """The version of the signed catalogue jumps further than anybody publishes."""

    code = "CATALOG-VERSION-JUMP"


class CatalogSignatureError(IntegrityError):
    """Too few of the keys that have to sign the catalogue of packages did."""

    code = "CATALOG-SIGNATURE"


class CatalogMismatchError(IntegrityError):
    """A file of the catalogue of packages is not the one that another of its files names."""

    code = "CATALOG-MISMATCH"


class CatalogDamagedError(IntegrityError):
    """A file of the catalogue of packages cannot be read."""

    code = "CATALOG-DAMAGED"


class CatalogMissingError(IntegrityError):
    """A file of the catalogue of packages is not there."""

    code = "CATALOG-MISSING"


class SigningKeyMissingError(NotFoundError):
    """The private half of a key that has to sign is not on this machine."""

    code = "SIGNING-KEY-MISSING"


class NotApprovedError(GuardError):
    """A package has to be approved before it is published."""

    code = "PKG-NOT-APPROVED"


class NotPublishedError(GuardError):
    """A package was not approved or published yet; nothing was sent."""

    code = "PKG-NOT-PUBLISHED"


class ApprovalStaleError(GuardError):
    """A package was changed after it was approved."""

    code = "APPROVAL-STALE"


class SecondApproverError(GuardError):
    """A step of a package has to be taken by somebody else than the step before it."""

    code = "NEEDS-SECOND-APPROVER"


class NotDetectedError(FailedError):
    """The program of a package ended well, and the rule of the package does not find what it should have installed."""

    code = "NOT-DETECTED"


# Hierarchy and replication.


class BadRecordError(IntegrityError):
    """A record of a batch is not one that a server of this version sends; nothing of the batch was applied."""

    code = "REPL-BAD-RECORD"


class NotOwnerError(IntegrityError):
    """A server sent what it may not: security from a child, or what another server owns. Nothing was applied."""

    code = "REPL-NOT-OWNER"


class ReplicatedLockedError(GuardError):
    """A field is another server's: it is changed there, or opened to this one by its parent."""

    code = "REPL-LOCKED"


class NoIdentityError(GuardError):
    """This server has no name and no key in a hierarchy yet."""

    code = "HIER-NO-IDENTITY"


class IdentityKeyMissingError(NotFoundError):
    """The private half of this server's key is not on this machine."""

    code = "HIER-KEY-MISSING"


class HierarchyCycleError(GuardError):
    """A server would stand above itself."""

    code = "HIER-CYCLE"


class SecondParentError(ConflictError):
    """A server has a parent already, and can have one only."""

    code = "HIER-SECOND-PARENT"


class PeerSuspendedError(IntegrityError):
    """Two servers use one identity: neither is believed until a person says which is the right one."""

    code = "REPL-SUSPENDED"


class DuplicateServerError(IntegrityError):
    """Another instance of a server uses its identity: a clone."""

    code = "REPL-DUPLICATE-SERVER"


class PeerUnknownError(IntegrityError):
    """A batch comes from a server that this one is not linked with."""

    code = "REPL-UNKNOWN-PEER"


class BatchDamagedError(IntegrityError):
    """A batch cannot be read, or is not what its header says."""

    code = "REPL-DAMAGED"


class BatchSignatureError(IntegrityError):
    """A batch is not signed by the server that it names."""

    code = "REPL-SIGNATURE"


class BatchReplayedError(IntegrityError):
    """A batch is older than the last one of its origin, or has expired."""

    code = "REPL-REPLAY"


class BatchMisdirectedError(IntegrityError):
    """A batch is for another server."""

    code = "REPL-NOT-FOR-US"


class BatchTooLargeError(IntegrityError):
    """A batch is larger than one may be."""

    code = "REPL-TOO-LARGE"


class BatchBehindError(ConflictError):
    """A batch follows one that never arrived, or was lost with a database that was put back."""

    code = "REPL-GAP"


class PeerReplyError(FailedError):
    """The other server did not say what became of a batch."""

    code = "REPL-NO-REPLY"
