using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Audit.Entries.GetAuditEntry;

internal sealed class GetAuditEntryHandler(Caller caller, Db db, IUsers users) : IRequestHandler<GetAuditEntry, AuditEntry>
{
    public async Task<AuditEntry> Handle(GetAuditEntry request, CancellationToken cancellationToken)
    {
        var entry = await db.OneOrNone<AuditEntryRow>(
                Sql.Of<GetAuditEntryHandler>("GetAuditEntry"), new { id = request.AuditEntryId, caller.Org }, cancellationToken)
            ?? throw Problem.NotFound("Audit entry", request.AuditEntryId);
        return entry.ToResponse(await users.ByIds(entry.UserId is { } id ? [id] : [], cancellationToken));
    }
}
