using MediatR;
using Nico.Compute.Contracts;
using Nico.SharedKernel.Data;

namespace Nico.Identity.TenantAccounts.Allocated;

/// <summary>
/// An allocation holds the tenant's accounts until it is committed: whoever deletes one meanwhile waits, and then counts it. An
/// allocation needs no account, so it does not ask for one.
/// </summary>
internal sealed class HoldAccounts(Db db) : INotificationHandler<AllocationCreated>
{
    public Task Handle(AllocationCreated notification, CancellationToken cancellationToken) =>
        db.Execute(Sql.Of<HoldAccounts>("HoldAccounts"), new { notification.TenantId }, cancellationToken);
}
