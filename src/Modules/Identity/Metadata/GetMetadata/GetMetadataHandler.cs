using MediatR;
using Nico.SharedKernel;

namespace Nico.Identity.Metadata.GetMetadata;

internal sealed class GetMetadataHandler : IRequestHandler<GetMetadata, MetadataResponse>
{
    private static readonly MetadataResponse _build = new(Build.ApiVersion, Build.Time, Build.Version);

    public Task<MetadataResponse> Handle(GetMetadata request, CancellationToken cancellationToken) => Task.FromResult(_build);
}
