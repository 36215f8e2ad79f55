using MediatR;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Identity.InfrastructureProviders.GetCurrentInfrastructureProvider;

internal sealed class GetCurrentInfrastructureProviderHandler(Caller caller, Db db, TimeProvider clock)
    : IRequestHandler<GetCurrentInfrastructureProvider, InfrastructureProviderResponse>
{
    public async Task<InfrastructureProviderResponse> Handle(GetCurrentInfrastructureProvider request, CancellationToken cancellationToken)
    {
        var args = new { id = Guid.CreateVersion7(), caller.Org, name = caller.OrgDisplayName, now = clock.Now(), by = caller.UserId };
        var read = Sql.Of<GetCurrentInfrastructureProviderHandler>("GetProvider");
        var known = await db.OneOrNone<InfrastructureProviderResponse>(read, args, cancellationToken);
        if (known is not null && known.OrgDisplayName == args.name)
        {
            return known;
        }

        await db.Execute(Sql.Of<GetCurrentInfrastructureProviderHandler>("UpsertProvider"), args, cancellationToken);
        return await db.One<InfrastructureProviderResponse>(read, args, cancellationToken);
    }
}
