using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Audit.Entries.ListAuditEntries;

internal sealed class ListAuditEntriesHandler(Caller caller, Db db, IUsers users) : IRequestHandler<ListAuditEntries, Page<AuditEntry>>
{
    public async Task<Page<AuditEntry>> Handle(ListAuditEntries request, CancellationToken cancellationToken)
    {
        var args = new { caller.Org, failedOnly = request.FailedOnly ?? false };
        var page = await db.Page<AuditEntryRow>(
            Sql.Of<ListAuditEntriesHandler>("ListAuditEntries"), args, request.Page(), request.SqlOrder(), cancellationToken);
        var known = await users.ByIds(page.Items.Ids(entry => entry.UserId), cancellationToken);
        return page.Select(entry => entry.ToResponse(known));
    }
}
