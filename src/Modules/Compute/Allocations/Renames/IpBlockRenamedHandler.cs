using MediatR;
using Nico.Networking.Contracts;
using Nico.SharedKernel.Data;

namespace Nico.Compute.Allocations.Renames;

/// <summary>Keeps the copy of the IP block's name by which lists are ordered.</summary>
internal sealed class IpBlockRenamedHandler(Db db) : INotificationHandler<IpBlockRenamed>
{
    public Task Handle(IpBlockRenamed notification, CancellationToken cancellationToken) => db.Execute(
        "update compute.allocation_constraint set ip_block_name = @Name where resource_type = 'IPBlock' and resource_type_id = @IpBlockId",
        notification,
        cancellationToken);
}
