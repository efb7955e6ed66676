#include "base/parquet_writer.h"
#include "simulation/tables.h"

namespace aml::simulation {

namespace {

using enum ColumnType;

const std::vector<TableColumn> kColumns = {
    {"source_address", text}, {"dest_address", text},   {"amount_usd", money},
    {"timestamp", uint64},    {"asset", text},          {"tx_hash", text},
    {"network", text},        {"block_number", uint64},
};

}  // namespace

void write_money_flows(const std::filesystem::path& file, const TableContext& context,
                       const std::vector<Flow>& flows) {
  write_parquet(file, kColumns, flows.size(), {.memory_limit = context.memory_limit},
                [&](std::size_t row, RowSink& sink) {
                  const Flow& flow = flows[row];
                  sink.text(context.addresses[flow.source])
                      .text(context.addresses[flow.dest])
                      .money(flow.amount)
                      .integer(static_cast<std::uint64_t>(flow.time_ms))
                      .text(context.network.assets()[flow.asset].symbol)
                      .text(context.network.transaction_hash(context.window.begin_ms, row))
                      .text(context.network.name())
                      .integer(context.network.block_number(flow.time_ms));
                });
}

}  // namespace aml::simulation
