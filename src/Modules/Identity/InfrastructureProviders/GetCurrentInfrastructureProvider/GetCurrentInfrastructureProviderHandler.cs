using MediatR;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Identity.InfrastructureProviders.GetCurrentInfrastructureProvider;

internal sealed class GetCurrentInfrastructureProviderHandler(Caller caller, Db db, IMediator mediator)
    : IRequestHandler<GetCurrentInfrastructureProvider, InfrastructureProviderResponse>
{
    public async Task<InfrastructureProviderResponse> Handle(GetCurrentInfrastructureProvider request, CancellationToken cancellationToken)
    {
        var read = Sql.Of<GetCurrentInfrastructureProviderHandler>("GetProvider");
        var known = await db.OneOrNone<InfrastructureProviderResponse>(read, new { caller.Org }, cancellationToken);
        if (known is not null && known.OrgDisplayName == caller.OrgDisplayName)
        {
            return known;
        }

        await mediator.Send(new EnsureCurrentInfrastructureProvider(), cancellationToken);
        return await db.One<InfrastructureProviderResponse>(read, new { caller.Org }, cancellationToken);
    }
}

/// <summary>Makes the org's provider where there is none, and follows the display name that the token gives the org.</summary>
internal sealed record EnsureCurrentInfrastructureProvider : ICommand<Unit>;

internal sealed class EnsureCurrentInfrastructureProviderHandler(Caller caller, Db db, TimeProvider clock)
    : IRequestHandler<EnsureCurrentInfrastructureProvider, Unit>
{
    public async Task<Unit> Handle(EnsureCurrentInfrastructureProvider request, CancellationToken cancellationToken)
    {
        var args = new { id = Guid.CreateVersion7(), caller.Org, name = caller.OrgDisplayName, now = clock.Now(), by = caller.UserId };
        await db.Execute(Sql.Of<EnsureCurrentInfrastructureProviderHandler>("UpsertProvider"), args, cancellationToken);
        return Unit.Value;
    }
}
