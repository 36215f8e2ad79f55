using MediatR;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.Instances.Use;

/// <summary>Keeps networks from being deleted or made another way while instances use them. The network's row is locked: nobody comes to use it meanwhile.</summary>
internal sealed class NetworkDeletions(Db db)
    : INotificationHandler<VpcDeleting>, INotificationHandler<VpcVirtualizationChanging>, INotificationHandler<SubnetDeleting>, INotificationHandler<VpcPrefixDeleting>
{
    public Task Handle(VpcDeleting notification, CancellationToken cancellationToken) => RequireEmpty(notification.VpcId, cancellationToken);

    public Task Handle(VpcVirtualizationChanging notification, CancellationToken cancellationToken) =>
        RequireEmpty(notification.VpcId, cancellationToken);

    public Task Handle(SubnetDeleting notification, CancellationToken cancellationToken) => RequireUnused(
        "select exists (select 1 from compute.interface where subnet_id = @id)", notification.SubnetId, "Subnet", cancellationToken);

    public Task Handle(VpcPrefixDeleting notification, CancellationToken cancellationToken) => RequireUnused(
        "select exists (select 1 from compute.interface where vpc_prefix_id = @id)", notification.VpcPrefixId, "VPC prefix", cancellationToken);

    private Task RequireEmpty(Guid vpcId, CancellationToken ct) => RequireUnused(
        "select exists (select 1 from compute.instance where vpc_id = @id) or exists (select 1 from compute.interface where vpc_id = @id)",
        vpcId,
        "VPC",
        ct);

    private async Task RequireUnused(string sql, Guid id, string kind, CancellationToken ct)
    {
        if (await db.One<bool>(sql, new { id }, ct))
        {
            throw Problem.Invalid($"{kind} {id} is still used by instances: delete them first");
        }
    }
}
