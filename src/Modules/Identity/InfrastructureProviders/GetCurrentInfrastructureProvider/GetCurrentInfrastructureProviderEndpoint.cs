using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Identity.InfrastructureProviders.GetCurrentInfrastructureProvider;

/// <summary>The org's provider, made on the first call. Source: spec/10-identity.md, section 4.</summary>
public sealed record GetCurrentInfrastructureProvider : IQuery<InfrastructureProviderResponse>;

internal sealed class GetCurrentInfrastructureProviderEndpoint
    : QueryEndpoint<GetCurrentInfrastructureProvider, InfrastructureProviderResponse>
{
    public override void Configure()
    {
        Get("infrastructure-provider/current");
        Allow(Role.ProviderAdmin, Role.ProviderViewer);
        Describe(
            "get-current-infrastructure-provider",
            "Infrastructure Provider",
            "Retrieve the org's infrastructure provider",
            "The provider side of the org in the path. The first call makes it; a later one follows the display name that the token gives the org.");
    }
}
